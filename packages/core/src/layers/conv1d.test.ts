import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { conv1d } from './conv1d.ts';

describe('conv1d', () => {
  it.each([
    ['a kernel of 3', conv1d({ outChannels: 4, kernelSize: 3 })],
    ['stride and padding', conv1d({ outChannels: 3, kernelSize: 4, stride: 2, padding: 3 })],
    ['dilation and groups', conv1d({ outChannels: 6, kernelSize: 2, dilation: 3, groups: 2 })],
    ['same padding on a torus', conv1d({ outChannels: 3, kernelSize: 4, padding: 'same', paddingMode: 'circular' })],
    ['reflection, no bias', conv1d({ outChannels: 3, kernelSize: 3, padding: 2, paddingMode: 'reflect', bias: false })],
  ])('has the gradients of its loss: %s', (_, layer) => {
    const batch = { inputs: { input: pseudoRandom(4 * 7 * 4, 1) }, labels: [2, 0, 3, 1] };
    expectGradients({ graph: probeGraph([7, 4], layer), batch });
  });

  it('keeps weights as PyTorch does: [out, in of a group, kernelSize]', () => {
    // Two channels in, two out. Out 0 takes the right value of channel 1, out 1 the left of channel 0, ten times.
    const state = new Map([
      ['layer.weight', { shape: [2, 2, 2], data: Float32Array.of(0, 0, 0, 1, 10, 0, 0, 0) }],
      ['layer.bias', { shape: [2], data: Float32Array.of(0.5, -0.5) }],
    ]);
    // [length 3][channels 2]
    const y = outputOfLayer([3, 2], conv1d({ outChannels: 2, kernelSize: 2 }), [1, 2, 3, 4, 5, 6], { state });
    expect([...y]).toEqual([4.5, 9.5, 6.5, 29.5]);
    const groups = new Map([['layer.weight', { shape: [2, 1, 2], data: Float32Array.of(1, 2, 3, 4) }]]);
    const grouped = conv1d({ outChannels: 2, kernelSize: 2, groups: 2, bias: false });
    expect([...outputOfLayer([2, 2], grouped, [1, 10, 2, 20], { state: groups })]).toEqual([1 + 4, 30 + 80]);
  });

  it('has as many outputs as strides fit', () => {
    expect(
      shapeOfLayer([13, 2], conv1d({ outChannels: 7, kernelSize: 5, stride: 3, padding: 2, dilation: 2 })),
    ).toEqual([3, 7]);
  });

  it('refuses a map, what does not fit, and a stride with same padding, by its own name', () => {
    expect(() => shapeOfLayer([4, 4, 2], conv1d({ outChannels: 1, kernelSize: 1 }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: 'node "layer": conv1d expects a sequence of [length, channels], got 4x4x2',
      }),
    );
    expect(() => shapeOfLayer([4, 2], conv1d({ outChannels: 1, kernelSize: 5 }))).toThrowError(
      'node "layer": conv1d: a kernel of 1x5 (stride 1x1, padding 0x0, dilation 1x1) does not fit an input of 1x4; the output would be 1x0 (input 4x2)',
    );
    expect(() => shapeOfLayer([4, 2], conv1d({ outChannels: 3, kernelSize: 1, groups: 2 }))).toThrowError(
      'conv1d: expected channels in multiples of groups 2, got 2 in and 3 out',
    );
    expect(() =>
      shapeOfLayer([4, 2], conv1d({ outChannels: 1, kernelSize: 3, stride: 2, padding: 'same' })),
    ).toThrowError(
      expect.objectContaining({
        code: 'LAYER_OPTIONS',
        message: expect.stringContaining("padding 'same' is for a stride of 1 only"),
      }),
    );
  });
});
