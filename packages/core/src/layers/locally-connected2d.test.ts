import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { conv2d } from './conv2d.ts';
import { locallyConnected2d } from './locally-connected2d.ts';

describe('locallyConnected2d', () => {
  it.each([
    ['3x3', locallyConnected2d({ outChannels: 3, kernelSize: 3 })],
    ['stride 2 with a rest, padded', locallyConnected2d({ outChannels: 4, kernelSize: 3, stride: 2, padding: 1 })],
    ['stride beyond the kernel', locallyConnected2d({ outChannels: 3, kernelSize: [2, 1], stride: [2, 3] })],
    ['no bias', locallyConnected2d({ outChannels: 2, kernelSize: 2, bias: false })],
  ])('has the gradients of its loss: %s', (_, layer) => {
    const batch = { inputs: { input: pseudoRandom(4 * 4 * 5 * 2, 1) }, labels: [2, 0, 3, 1] };
    expectGradients({ graph: probeGraph([4, 5, 2], layer), batch });
  });

  it('has a kernel and a bias for each output pixel: [rows, columns, out, in, height, width]', () => {
    const state = new Map([
      // Two output pixels, one channel out, two in, 1x2 kernels.
      ['layer.weight', { shape: [1, 2, 1, 2, 1, 2], data: Float32Array.of(1, 2, 3, 4, 10, 20, 30, 40) }],
      ['layer.bias', { shape: [1, 2, 1], data: Float32Array.of(0.5, 0.25) }],
    ]);
    const layer = locallyConnected2d({ outChannels: 1, kernelSize: [1, 2] });
    // [width 3][channels 2]
    const y = outputOfLayer([1, 3, 2], layer, [1, 1, 2, 1, 1, 3], { state });
    expect([...y]).toEqual([1 + 2 * 2 + 3 + 4 + 0.5, 10 * 2 + 20 + 30 + 40 * 3 + 0.25]);
  });

  it('is a convolution where all pixels have the same weights', () => {
    const options = { outChannels: 3, kernelSize: 3, stride: 2, padding: 1 };
    const [weight, bias] = [pseudoRandom(3 * 2 * 9, 1), pseudoRandom(3, 2)];
    const x = pseudoRandom(2 * 5 * 6 * 2, 3);
    const shared = new Map([
      ['layer.weight', { shape: [3, 2, 3, 3], data: weight }],
      ['layer.bias', { shape: [3], data: bias }],
    ]);
    const repeat = (values: Float32Array) =>
      Float32Array.from({ length: 9 * values.length }, (_, i) => values[i % values.length]!);
    const own = new Map([
      ['layer.weight', { shape: [3, 3, 3, 2, 3, 3], data: repeat(weight) }],
      ['layer.bias', { shape: [3, 3, 3], data: repeat(bias) }],
    ]);
    // The same bits, too: each output is one sum in the order of taps and channels.
    expect(outputOfLayer([5, 6, 2], locallyConnected2d(options), x, { state: own, samples: 2 })).toEqual(
      outputOfLayer([5, 6, 2], conv2d(options), x, { state: shared, samples: 2 }),
    );
  });

  it('refuses what does not fit, by its own name', () => {
    expect(() => shapeOfLayer([2, 2, 1], locallyConnected2d({ outChannels: 1, kernelSize: 3 }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message:
          'node "layer": locallyConnected2d: a kernel of 3x3 (stride 1x1, padding 0x0, dilation 1x1) does not fit an input of 2x2 (input 2x2x1)',
      }),
    );
    expect(() =>
      shapeOfLayer([9, 9, 1], { op: 'locallyConnected2d', options: { outChannels: 1, kernelSize: 3, groups: 2 } }),
    ).toThrowError(expect.objectContaining({ code: 'LAYER_OPTIONS' }));
  });
});
