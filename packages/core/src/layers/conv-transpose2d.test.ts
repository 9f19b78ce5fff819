import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { convTranspose2d } from './conv-transpose2d.ts';

describe('convTranspose2d', () => {
  it.each([
    ['3x3', convTranspose2d({ outChannels: 3, kernelSize: 3 })],
    ['stride 2, as decoders have it', convTranspose2d({ outChannels: 3, kernelSize: 4, stride: 2, padding: 1 })],
    ['gaps', convTranspose2d({ outChannels: 2, kernelSize: [2, 1], stride: [3, 2], outputPadding: [2, 1] })],
    ['dilation and groups', convTranspose2d({ outChannels: 6, kernelSize: 2, dilation: [2, 1], groups: 2 })],
    ['depthwise, no bias', convTranspose2d({ outChannels: 4, kernelSize: 2, groups: 4, bias: false })],
  ])('has the gradients of its loss: %s', (_, layer) => {
    const batch = { inputs: { input: pseudoRandom(4 * 3 * 4 * 4, 1) }, labels: [2, 0, 3, 1] };
    expectGradients({ graph: probeGraph([3, 4, 4], layer), batch });
  });

  it('has the gradients of its loss with channels as lanes, and on maps of one pixel', () => {
    const labels = [2, 0, 3, 1];
    const depthwise = convTranspose2d({ outChannels: 8, kernelSize: 3, stride: 2, groups: 8 });
    expectGradients({
      graph: probeGraph([2, 3, 8], depthwise),
      batch: { inputs: { input: pseudoRandom(4 * 2 * 3 * 8, 2) }, labels },
    });
    expectGradients({
      graph: probeGraph([1, 1, 5], convTranspose2d({ outChannels: 3, kernelSize: 2 })),
      batch: { inputs: { input: pseudoRandom(4 * 5, 3) }, labels },
    });
  });

  it('adds kernels where they overlap; weights are [in, out of a group, height, width]', () => {
    const state = new Map([
      ['layer.weight', { shape: [2, 1, 1, 3], data: Float32Array.of(1, 2, 3, 100, 200, 300) }],
      ['layer.bias', { shape: [1], data: Float32Array.of(0.5) }],
    ]);
    const layer = convTranspose2d({ outChannels: 1, kernelSize: [1, 3], stride: [1, 2] });
    // Two pixels of two channels: [1, 0] and [2, 1].
    expect([...outputOfLayer([1, 2, 2], layer, [1, 0, 2, 1], { state })]).toEqual([1.5, 2.5, 105.5, 204.5, 306.5]);
    const groups = new Map([['layer.weight', { shape: [2, 2, 1, 1], data: Float32Array.of(1, 2, 3, 4) }]]);
    const grouped = convTranspose2d({ outChannels: 4, kernelSize: 1, groups: 2, bias: false });
    expect([...outputOfLayer([1, 1, 2], grouped, [1, 10], { state: groups })]).toEqual([1, 2, 30, 40]);
  });

  it('has the sizes of PyTorch', () => {
    const layer = convTranspose2d({ outChannels: 7, kernelSize: 3, stride: 2, padding: 1, outputPadding: [0, 1] });
    expect(shapeOfLayer([7, 7, 2], layer)).toEqual([13, 14, 7]);
    expect(shapeOfLayer([4, 5, 2], convTranspose2d({ outChannels: 1, kernelSize: [3, 2], dilation: [2, 3] }))).toEqual([
      8, 8, 1,
    ]);
  });

  it('refuses what leaves no output, too much output padding, and channels that the groups do not divide', () => {
    const refused = (shape: readonly number[], call: Parameters<typeof convTranspose2d>[0]) =>
      expect(() => shapeOfLayer(shape, convTranspose2d(call)));
    refused([1, 2, 3], { outChannels: 1, kernelSize: 2, padding: 1 }).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: 'node "layer": convTranspose2d: padding 1x1 leaves nothing: the output would be 0x1 (input 1x2x3)',
      }),
    );
    refused([3, 3, 3], { outChannels: 1, kernelSize: 2, outputPadding: 1 }).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message:
          'node "layer": convTranspose2d: outputPadding, which is less than the stride: expected an integer in [0, 0], got 1 (input 3x3x3)',
      }),
    );
    refused([3, 3, 3], { outChannels: 2, kernelSize: 2, groups: 2 }).toThrowError(
      'convTranspose2d: expected channels in multiples of groups 2, got 3 in and 2 out (input 3x3x3)',
    );
    refused([9], { outChannels: 1, kernelSize: 1 }).toThrowError(
      'node "layer": convTranspose2d expects a map of [height, width, channels], got 9',
    );
  });
});
