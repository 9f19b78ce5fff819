import { pad2dModes } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { drawsOf } from '../testing/draws.ts';
import { everyAlgorithm, expectAsPyTorch, type LayerCase } from '../testing/layer-oracle.ts';
import { convTranspose2d } from './conv-transpose2d.ts';
import { conv1d } from './conv1d.ts';
import { conv2d } from './conv2d.ts';
import { linear } from './linear.ts';
import { locallyConnected2d } from './locally-connected2d.ts';
import { pad2d } from './pad2d.ts';

/**
 * Convolutions of every kind against PyTorch (Debian's, in float64), forward and backward, by every algorithm that applies: see
 * goldens/convolutions.py. The largest difference is 3.7e-6, of the gradient of a bias, in which much cancels; of all others 7e-7.
 * Winograd's is 7.4e-6.
 */
const limits = { scale: 1, tolerance: 4e-6 };
const winogradLimits = { scale: 1, tolerance: 2e-5 };

const modes = ['zeros', 'reflect', 'replicate', 'circular'] as const;

const named: LayerCase[] = modes.flatMap((paddingMode): LayerCase[] => [
  [conv2d({ outChannels: 8, kernelSize: 3, padding: 1, groups: 8, paddingMode }), [6, 5, 8]],
  [conv2d({ outChannels: 16, kernelSize: [3, 5], padding: [1, 2], stride: 2, groups: 16, paddingMode }), [7, 6, 16]],
  [conv2d({ outChannels: 3, kernelSize: [4, 2], padding: 'same', dilation: [1, 3], paddingMode }), [6, 7, 2]],
  [conv2d({ outChannels: 4, kernelSize: 2, padding: 'valid', groups: 2, paddingMode }), [3, 4, 6]],
  [conv2d({ outChannels: 3, kernelSize: 1, padding: 1, paddingMode }), [2, 2, 2]], // all shards at once
  [conv2d({ outChannels: 16, kernelSize: 3, padding: 1, paddingMode }), [8, 8, 24]], // by Winograd's kernels
  [conv2d({ outChannels: 16, kernelSize: 3, padding: 'same', paddingMode, bias: false }), [7, 9, 17]],
  [conv1d({ outChannels: 5, kernelSize: 4, padding: 'same', paddingMode }), [9, 3]],
  [conv1d({ outChannels: 8, kernelSize: 3, padding: 1, groups: 8, paddingMode }), [70, 8]],
]);
named.push(
  [convTranspose2d({ outChannels: 8, kernelSize: 4, stride: 2, padding: 1, groups: 8 }), [5, 4, 8]],
  [convTranspose2d({ outChannels: 3, kernelSize: [2, 1], stride: [3, 2], outputPadding: [2, 1] }), [2, 3, 5]],
  [convTranspose2d({ outChannels: 16, kernelSize: 3, padding: 1 }), [8, 8, 24]],
  [pad2d({ padding: [1, 0, 2, 3], value: -0.5 }), [3, 4, 5]],
  [pad2d({ padding: [-1, 1, 2, -2], value: -0.5 }), [3, 4, 5]],
  [locallyConnected2d({ outChannels: 17, kernelSize: 3, padding: 1 }), [5, 4, 6]],
);

const { integer, pair, pick } = drawsOf(1);

/** A layer of each kind, of any shape that fits. */
function randomLayers(): LayerCase[] {
  const groups = integer(1, 3);
  const [inChannels, outChannels] = [groups * integer(1, 6), groups * integer(1, 9)];
  const map = [...pair(4, 9), inChannels] as [number, number, number];
  const length = map[0] + map[1];
  const common = { outChannels, kernelSize: pair(1, 3), bias: integer(0, 2) > 0 };
  const paddingMode = pick(modes);
  const stride = pair(1, 3);
  const dilation = pair(1, 2);
  const padding = [...pair(0, 3), ...pair(0, 3)] as [number, number, number, number];
  const outputPadding = stride.map((step) => integer(0, step - 1)) as [number, number];
  const along = { kernelSize: integer(1, 4), stride: integer(1, 3), padding: integer(0, 3), dilation: integer(1, 2) };
  const lanes = 8 * integer(1, 2);
  return [
    [
      conv2d({ ...common, groups, stride, padding: pair(0, 3), dilation, paddingMode }),
      [map[0] + 1, map[1] + 1, inChannels],
    ],
    [
      conv2d({ ...common, outChannels: lanes, groups: lanes, stride, padding: pair(0, 3), paddingMode }),
      [map[0], map[1], lanes],
    ],
    [conv1d({ outChannels, groups, paddingMode, ...along }), [length, inChannels]],
    [convTranspose2d({ ...common, groups, stride, outputPadding, padding: pair(0, 1), dilation }), map],
    [locallyConnected2d({ ...common, stride, padding: pair(0, 2) }), map],
    [pad2d({ padding, mode: pick(pad2dModes) }), map],
    [linear({ outFeatures: integer(1, 40), bias: common.bias }), [integer(1, 70)]],
    ...randomWinograd(),
  ];
}

/** Layers that Winograd's kernels apply to, and that are too small for them to be chosen. */
function randomWinograd(): LayerCase[] {
  const channels = () => 8 * integer(1, 3);
  const options = { outChannels: channels(), kernelSize: 3, bias: integer(0, 2) > 0 };
  const shape = [...pair(3, 11), channels()];
  return [
    [conv2d({ ...options, padding: pair(0, 2), paddingMode: pick(['zeros', 'circular']) }), shape],
    [convTranspose2d({ ...options, padding: pair(0, 1) }), shape],
  ];
}

const random = Array.from({ length: 10 }, randomLayers).flat();

const all = [...named, ...random];

const hasWinograd = (entry: LayerCase): boolean =>
  everyAlgorithm(entry).some(({ layer }) => layer?.weightGradient === 'winograd');

describe('PyTorch, live', () => {
  it('agrees in convolutions of every kind, forward and backward', { timeout: 120_000 }, ({ skip }) => {
    const script = new URL('../goldens/convolutions.py', import.meta.url);
    if (!expectAsPyTorch(script, all, (entry) => (hasWinograd(entry) ? winogradLimits : limits)))
      skip('there is no PyTorch (Debian: python3-torch) to compare with');
  });

  it("has Winograd's kernels in all modes, transposed, and next to the others", () => {
    const winograd = all.filter(hasWinograd);
    expect(new Set(winograd.map(([{ op }]) => op))).toEqual(new Set(['conv2d', 'convTranspose2d']));
    expect(new Set(winograd.map(([{ options }]) => options.paddingMode ?? 'zeros'))).toEqual(new Set(modes));
    for (const entry of winograd) expect(everyAlgorithm(entry).length).toBeGreaterThanOrEqual(2);
  });
});
