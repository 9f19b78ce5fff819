import { pad2dModes } from '@lockstep/kernels';
import { describe, it } from 'vitest';
import { Generator } from '../random/generator.ts';
import { expectAsPyTorch, type LayerCase } from '../testing/layer-oracle.ts';
import { convTranspose2d } from './conv-transpose2d.ts';
import { conv1d } from './conv1d.ts';
import { conv2d } from './conv2d.ts';
import { locallyConnected2d } from './locally-connected2d.ts';
import { pad2d } from './pad2d.ts';

/**
 * Convolutions of every kind against PyTorch (Debian's, in float64), forward and backward: see goldens/convolutions.py. The
 * largest difference is 1.9e-6, of the gradient of a bias, in which much cancels; of all others 7e-7.
 */
const limits = { scale: 1, tolerance: 4e-6 };

const modes = ['zeros', 'reflect', 'replicate', 'circular'] as const;

const named: LayerCase[] = modes.flatMap((paddingMode): LayerCase[] => [
  [conv2d({ outChannels: 8, kernelSize: 3, padding: 1, groups: 8, paddingMode }), [6, 5, 8]],
  [conv2d({ outChannels: 16, kernelSize: [3, 5], padding: [1, 2], stride: 2, groups: 16, paddingMode }), [7, 6, 16]],
  [conv2d({ outChannels: 3, kernelSize: [4, 2], padding: 'same', dilation: [1, 3], paddingMode }), [6, 7, 2]],
  [conv2d({ outChannels: 4, kernelSize: 2, padding: 'valid', groups: 2, paddingMode }), [3, 4, 6]],
  [conv2d({ outChannels: 3, kernelSize: 1, padding: 1, paddingMode }), [2, 2, 2]], // all shards at once
  [conv2d({ outChannels: 17, kernelSize: 3, padding: 1, paddingMode }), [8, 8, 16]], // by Winograd's kernels
  [conv2d({ outChannels: 16, kernelSize: 3, padding: 'same', paddingMode, bias: false }), [7, 9, 17]],
  [conv1d({ outChannels: 5, kernelSize: 4, padding: 'same', paddingMode }), [9, 3]],
  [conv1d({ outChannels: 8, kernelSize: 3, padding: 1, groups: 8, paddingMode }), [70, 8]],
]);
named.push(
  [convTranspose2d({ outChannels: 8, kernelSize: 4, stride: 2, padding: 1, groups: 8 }), [5, 4, 8]],
  [convTranspose2d({ outChannels: 3, kernelSize: [2, 1], stride: [3, 2], outputPadding: [2, 1] }), [2, 3, 5]],
  [convTranspose2d({ outChannels: 16, kernelSize: 3, padding: 1 }), [8, 8, 17]],
  [pad2d({ padding: [1, 0, 2, 3], value: -0.5 }), [3, 4, 5]],
  [locallyConnected2d({ outChannels: 17, kernelSize: 3, padding: 1 }), [5, 4, 6]],
);

/** As many layers as asked for, of any shape that fits. */
function randomCases(count: number): LayerCase[] {
  const random = new Generator({ seed: 1, purpose: 'split' });
  const between = (from: number, to: number): number => from + random.integer(to - from + 1);
  const pair = (from: number, to: number): [number, number] => [between(from, to), between(from, to)];
  return Array.from({ length: count }, (_, i): LayerCase => {
    const groups = between(1, 3);
    const [inChannels, outChannels] = [groups * between(1, 6), groups * between(1, 9)];
    const [height, width] = pair(4, 9);
    const common = { outChannels, kernelSize: pair(1, 3), bias: i % 3 > 0 };
    const paddingMode = modes[between(0, 3)]!;
    switch (i % 5) {
      case 0: {
        const options = {
          ...common,
          groups,
          stride: pair(1, 3),
          padding: pair(0, 3),
          dilation: pair(1, 2),
          paddingMode,
        };
        return [conv2d(options), [height + 1, width + 1, inChannels]];
      }
      case 1: {
        const along = { kernelSize: between(1, 5), stride: between(1, 3), padding: between(0, 3), dilation: 1 };
        return [conv1d({ outChannels, groups, paddingMode, ...along }), [height + width, inChannels]];
      }
      case 2: {
        const stride = pair(1, 3);
        const outputPadding = stride.map((step) => between(0, step - 1)) as [number, number];
        const options = { ...common, groups, stride, outputPadding, padding: pair(0, 1), dilation: pair(1, 2) };
        return [convTranspose2d(options), [height, width, inChannels]];
      }
      case 3:
        return [
          locallyConnected2d({ ...common, stride: pair(1, 3), padding: pair(0, 2) }),
          [height, width, inChannels],
        ];
      default: {
        const padding = [...pair(0, 3), ...pair(0, 3)] as [number, number, number, number];
        return [pad2d({ padding, mode: pad2dModes[between(0, 3)] }), [height, width, inChannels]];
      }
    }
  });
}

describe('PyTorch, live', () => {
  it('agrees in convolutions of every kind, forward and backward', ({ skip }) => {
    const script = new URL('../goldens/convolutions.py', import.meta.url);
    if (!expectAsPyTorch(script, [...named, ...randomCases(60)], () => limits))
      skip('there is no PyTorch (Debian: python3-torch) to compare with');
  });
});
