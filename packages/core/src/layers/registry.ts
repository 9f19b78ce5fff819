import { CoreError } from '../errors.ts';
import { addLayer } from './add.ts';
import { avgPool2dLayer } from './avg-pool2d.ts';
import { batchNorm2dLayer } from './batch-norm2d.ts';
import { conv2dLayer } from './conv2d.ts';
import { flattenLayer } from './flatten.ts';
import { globalAvgPool2dLayer } from './global-avg-pool2d.ts';
import type { Layer } from './layer.ts';
import { linearLayer } from './linear.ts';
import { maxPool2dLayer } from './max-pool2d.ts';
import { reluLayer } from './relu.ts';

/** A layer whose types are known to nobody but itself. */
// biome-ignore lint/suspicious/noExplicitAny: options and memory go from the layer's own functions to its own functions
export type AnyLayer = Layer<any, any>;

/** Every kind of layer: a new one is a file and a line here. */
const layers: readonly AnyLayer[] = [
  addLayer,
  avgPool2dLayer,
  batchNorm2dLayer,
  conv2dLayer,
  flattenLayer,
  globalAvgPool2dLayer,
  linearLayer,
  maxPool2dLayer,
  reluLayer,
];

const byOp = new Map(layers.map((layer) => [layer.op, layer]));

/** @throws CoreError `LAYER_UNKNOWN` */
export function layerOf(op: string, node: string): AnyLayer {
  const layer = byOp.get(op);
  if (layer) return layer;
  throw new CoreError(
    'LAYER_UNKNOWN',
    `node "${node}": there is no layer "${op}"; there are ${[...byOp.keys()].join(', ')}`,
  );
}
