import type { LayerCall } from '../graph/builder.ts';
import type { Shape } from '../graph/graph.ts';
import { adaptiveAvgPool2d } from '../layers/adaptive-avg-pool2d.ts';
import { adaptiveMaxPool2d } from '../layers/adaptive-max-pool2d.ts';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { lpPool2d } from '../layers/lp-pool2d.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { maxUnpool2d } from '../layers/max-unpool2d.ts';
import { upsample } from '../layers/upsample.ts';
import { drawsOf } from './draws.ts';
import { shapeOfLayer } from './probe.ts';

type Case = readonly [call: LayerCall, ...inputs: Shape[]];

/** As many layers that make a map of another size, with random options and shapes of their inputs; always the same ones. */
export function randomResamplings(count: number): Case[] {
  return Array.from({ length: count }, (_, i) => randomResampling(i));
}

function randomResampling(index: number): Case {
  const { integer, pair, uniform, pick } = drawsOf(index);
  const kernelSize = pair(1, 4);
  const padding = kernelSize.map((size) => integer(0, Math.floor(size / 2))) as [number, number];
  // A dilated window with padding may miss the map altogether: PyTorch's index would be out of range.
  const dilation: [number, number] = Math.max(...padding) === 0 ? pair(1, 3) : [1, 1];
  const [height, width] = kernelSize.map((size, i) => dilation[i]! * (size - 1) + integer(3, 8)) as [number, number];
  const shape = [height, width, integer(1, 9)];
  const windows = { kernelSize, ceilMode: integer(0, 1) === 1, ...(integer(0, 2) > 0 && { stride: pair(1, 4) }) };
  const mode = pick([{ mode: 'nearest' }, { mode: 'bilinear' }, { mode: 'bilinear', alignCorners: true }] as const);
  const layers: readonly (() => LayerCall)[] = [
    () => maxPool2d({ ...windows, padding, dilation }),
    () => avgPool2d({ ...windows, padding, countIncludePad: integer(0, 1) === 1 }),
    () => avgPool2d({ ...windows, padding, divisorOverride: integer(1, 5) }),
    () => lpPool2d({ ...windows, normType: 2 }),
    () => adaptiveAvgPool2d({ outputSize: pair(1, 12) }),
    () => adaptiveMaxPool2d({ outputSize: pair(1, 12) }),
    () => upsample({ ...mode, size: pair(1, 13) }),
    () => upsample({ ...mode, scaleFactor: [uniform(0.4, 3), integer(1, 3)] }),
    () => maxUnpool2d({ ...windows, padding, dilation }),
  ];
  const layer = layers[index % layers.length]!();
  if (layer.op !== 'maxUnpool2d') return [layer, shape];
  return [layer, shapeOfLayer(shape, { ...layer, op: 'maxPool2d' }), shape];
}
