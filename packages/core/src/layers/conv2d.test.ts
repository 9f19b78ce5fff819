import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { conv2d } from './conv2d.ts';

describe('conv2d', () => {
  const gradientCases: readonly (readonly [name: string, layer: ReturnType<typeof conv2d>])[] = [
    ['3x3', conv2d({ outChannels: 4, kernelSize: 3 })],
    ['1x1', conv2d({ outChannels: 5, kernelSize: 1 })],
    ['padding', conv2d({ outChannels: 3, kernelSize: 3, padding: 1 })],
    ['padding beyond the kernel', conv2d({ outChannels: 2, kernelSize: 2, padding: [2, 3] })],
    ['stride 2 with a rest', conv2d({ outChannels: 4, kernelSize: 3, stride: 2 })],
    ['stride beyond the kernel', conv2d({ outChannels: 3, kernelSize: 2, stride: 3 })],
    [
      'stride and padding by direction',
      conv2d({ outChannels: 3, kernelSize: [3, 2], stride: [1, 2], padding: [1, 0] }),
    ],
    ['dilation', conv2d({ outChannels: 4, kernelSize: [3, 2], dilation: [2, 3], padding: 1 })],
    ['no bias', conv2d({ outChannels: 9, kernelSize: 3, bias: false })],
    ['same padding', conv2d({ outChannels: 3, kernelSize: [2, 3], padding: 'same' })],
    ['reflection', conv2d({ outChannels: 3, kernelSize: 3, padding: [2, 1], paddingMode: 'reflect' })],
    ['replication', conv2d({ outChannels: 3, kernelSize: 3, padding: 3, stride: 2, paddingMode: 'replicate' })],
    ['a torus', conv2d({ outChannels: 3, kernelSize: 3, padding: 'same', paddingMode: 'circular', bias: false })],
  ];

  it.each(gradientCases)('has the gradients of its loss: %s', (_, layer) => {
    const batch = { inputs: { input: pseudoRandom(4 * 5 * 6 * 3, 1) }, labels: [2, 0, 3, 1] };
    expectGradients({ graph: probeGraph([5, 6, 3], layer), batch });
  });

  it.each([
    ['three groups', [5, 6, 3], conv2d({ outChannels: 6, kernelSize: 3, groups: 3 })],
    ['two groups of several channels', [4, 4, 4], conv2d({ outChannels: 6, kernelSize: 2, padding: 1, groups: 2 })],
    ['depthwise', [5, 4, 8], conv2d({ outChannels: 8, kernelSize: 3, stride: 2, padding: 1, groups: 8 })],
  ] as const)('has the gradients of its loss in groups: %s', (_, shape, layer) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const batch = { inputs: { input: pseudoRandom(4 * size, 1) }, labels: [2, 0, 3, 1] };
    expectGradients({ graph: probeGraph([...shape], layer), batch });
  });

  it('keeps the weights of groups as PyTorch does: [out, in of a group, height, width]', () => {
    // Two groups of two maps in and two out, 1x1: out 0 and 1 see maps 0 and 1, out 2 and 3 see maps 2 and 3.
    const state = new Map([
      ['layer.weight', { shape: [4, 2, 1, 1], data: Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40) }],
    ]);
    const layer = conv2d({ outChannels: 4, kernelSize: 1, groups: 2, bias: false });
    expect([...outputOfLayer([1, 1, 4], layer, [1, 2, 3, 4], { state })]).toEqual([21, 42, 129, 172]);
    // Depthwise, 1x2: each map with its own two taps.
    const taps = new Map([
      ['layer.weight', { shape: [8, 1, 1, 2], data: Float32Array.from({ length: 16 }, (_, i) => i) }],
    ]);
    const depthwise = conv2d({ outChannels: 8, kernelSize: [1, 2], groups: 8, bias: false });
    const x = Array.from({ length: 16 }, (_, i) => (i < 8 ? 1 : 100));
    const expected = Array.from({ length: 8 }, (_, c) => 2 * c + 100 * (2 * c + 1));
    expect([...outputOfLayer([1, 2, 8], depthwise, x, { state: taps })]).toEqual(expected);
  });

  it('keeps weights as PyTorch does: [out, in, height, width]', () => {
    // Two maps in, two out; 1x2 kernels. Out 0 takes the right pixel of map 1, out 1 the left of map 0, ten times.
    const weight = Float32Array.of(0, 0, 0, 1, 10, 0, 0, 0);
    const state = new Map([
      ['layer.weight', { shape: [2, 2, 1, 2], data: weight }],
      ['layer.bias', { shape: [2], data: Float32Array.of(0.5, -0.5) }],
    ]);
    // [height 1][width 3][channels 2]
    const y = outputOfLayer([1, 3, 2], conv2d({ outChannels: 2, kernelSize: [1, 2] }), [1, 2, 3, 4, 5, 6], { state });
    expect([...y]).toEqual([4.5, 9.5, 6.5, 29.5]);
  });

  it('pads more on the right and at the bottom where an even kernel keeps the size', () => {
    const sum = conv2d({ outChannels: 1, kernelSize: [1, 2], padding: 'same', bias: false });
    const state = new Map([['layer.weight', { shape: [1, 1, 1, 2], data: Float32Array.of(1, 1) }]]);
    expect([...outputOfLayer([1, 4, 1], sum, [1, 2, 3, 4], { state })]).toEqual([3, 5, 7, 4]);
    const down = conv2d({ outChannels: 1, kernelSize: [2, 1], padding: 'same', bias: false });
    const taps = new Map([['layer.weight', { shape: [1, 1, 2, 1], data: Float32Array.of(1, 10) }]]);
    expect([...outputOfLayer([3, 1, 1], down, [1, 2, 3], { state: taps })]).toEqual([21, 32, 3]);
  });

  it.each([
    ['zeros', [2, 4, 6, 3]],
    ['reflect', [4, 4, 6, 6]],
    ['replicate', [3, 4, 6, 7]],
    ['circular', [6, 4, 6, 4]],
  ] as const)('has a border of %s', (paddingMode, expected) => {
    const sum = conv2d({ outChannels: 1, kernelSize: [1, 3], padding: [0, 1], paddingMode, bias: false });
    const state = new Map([['layer.weight', { shape: [1, 1, 1, 3], data: Float32Array.of(1, 0, 1) }]]);
    expect([...outputOfLayer([1, 4, 1], sum, [1, 2, 3, 4], { state })]).toEqual(expected);
  });

  it('has the size of its input with same padding, and none with valid', () => {
    const layer = (padding: 'same' | 'valid') =>
      conv2d({ outChannels: 2, kernelSize: [4, 3], dilation: [1, 2], padding });
    expect(shapeOfLayer([9, 8, 1], layer('same'))).toEqual([9, 8, 2]);
    expect(shapeOfLayer([9, 8, 1], layer('valid'))).toEqual([6, 4, 2]);
  });

  it('refuses a border that the input is too small for', () => {
    const layer = conv2d({ outChannels: 1, kernelSize: 3, padding: [1, 4], paddingMode: 'reflect' });
    expect(() => shapeOfLayer([5, 4, 2], layer)).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message:
          'node "layer": conv2d: a reflect border of 4 left, 4 right, 1 at the top and 1 at the bottom does not fit 5x4; ' +
          'it may be one pixel less than the image at most; the output would be 5x10 (input 5x4x2)',
      }),
    );
  });

  it('has as many outputs as strides fit, in each direction', () => {
    const layer = conv2d({ outChannels: 7, kernelSize: [3, 5], stride: [2, 3], padding: [1, 2], dilation: [1, 2] });
    // ⌊(11 + 2 − 2 − 1)/2⌋ + 1 and ⌊(13 + 4 − 8 − 1)/3⌋ + 1
    expect(shapeOfLayer([11, 13, 2], layer)).toEqual([6, 3, 7]);
  });

  it('refuses an input that the kernel does not fit, with layer, shape and parameters', () => {
    expect(() => shapeOfLayer([4, 9, 2], conv2d({ outChannels: 1, kernelSize: 5, dilation: [1, 2] }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message:
          'node "layer": conv2d: a kernel of 5x5 (stride 1x1, padding 0x0, dilation 1x2) does not fit an input of 4x9; the output would be 0x1 (input 4x9x2)',
      }),
    );
    expect(() => shapeOfLayer([9], conv2d({ outChannels: 1, kernelSize: 1 }))).toThrowError(
      'node "layer": conv2d expects a map of [height, width, channels], got 9',
    );
  });

  it.each([
    { outChannels: 0, kernelSize: 3 },
    { outChannels: 2.5, kernelSize: 3 },
    { outChannels: 2, kernelSize: 0 },
    { outChannels: 2, kernelSize: [3, 3, 3] },
    { outChannels: 2, kernelSize: 3, stride: 0 },
    { outChannels: 2, kernelSize: 3, padding: -1 },
    { outChannels: 2, kernelSize: 3, dilation: Number.NaN },
    { outChannels: 2, kernelSize: 3, paddingMode: 'constant' },
    { outChannels: 2, kernelSize: 3, padding: 'full' },
    { outChannels: 2, kernelSize: 3, padding: 'same', stride: 2 },
    { outChannels: 2, kernelSize: 3, padding: 'same', stride: [1, 2] },
    { outChannels: 2, kernelSize: 3, initialisation: { kind: 'kaiming' } },
    { outChannels: 2, kernelSize: 3, initialisation: { kind: 'kaimingNormal', mod: 'fanOut' } },
    { kernelSize: 3 },
  ])('refuses the options %j, and names the node', (options) => {
    expect(() => shapeOfLayer([9, 9, 1], { op: 'conv2d', options })).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS', message: expect.stringContaining('node "layer" (conv2d): ') }),
    );
  });
});
