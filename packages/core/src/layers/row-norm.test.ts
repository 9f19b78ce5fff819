import { describe, expect, it } from 'vitest';
import { elements } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { stateLayout } from '../plan/parameters.ts';
import { initialState } from '../state.ts';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { layerNorm } from './layer-norm.ts';
import { layerNorm2d } from './layer-norm2d.ts';
import { rmsNorm } from './rms-norm.ts';
import { rmsNorm2d } from './rms-norm2d.ts';

const layers = { layerNorm, layerNorm2d, rmsNorm, rmsNorm2d };
const labels = [2, 0, 3, 1, 3];

describe.each(Object.entries(layers))('%s', (name, layer) => {
  const shapes = name.endsWith('2d') ? [[3, 2, 5]] : [[3, 2, 5], [11]];

  it.each(shapes.flatMap((shape) => [true, false].map((affine) => [shape, affine] as const)))(
    'has the gradients of its loss on %j, elementwiseAffine: %s',
    (shape, elementwiseAffine) => {
      const graph = probeGraph(shape, layer({ eps: 1e-2, elementwiseAffine }));
      const batch = { inputs: { input: pseudoRandom(5 * elements(shape), 1, 2) }, labels };
      for (const shards of [1, 3, 7]) expectGradients({ graph, batch, shards, h: 1 / 64, tolerance: 3e-4 });
    },
  );

  it('computes a sample as it does alone, in evaluation too', () => {
    const x = pseudoRandom(3 * 24, 2);
    const all = outputOfLayer([2, 3, 4], layer(), x, { samples: 3, train: true });
    expect(outputOfLayer([2, 3, 4], layer(), x, { samples: 3 })).toEqual(all);
    for (const sample of [0, 1, 2]) {
      const [begin, end] = [sample * 24, (sample + 1) * 24];
      expect(outputOfLayer([2, 3, 4], layer(), x.subarray(begin, end))).toEqual(all.subarray(begin, end));
    }
  });

  it('begins with weight 1 and, if it takes the mean away, bias 0', () => {
    const state = initialState(stateLayout(resolveGraph(probeGraph([2, 3, 4], layer()))), 1);
    const shape = name.endsWith('2d') ? [4] : [4, 2, 3]; // as in PyTorch: [channels, height, width]
    const data = new Float32Array(elements(shape));
    expect(state.get('layer.weight')).toEqual({ shape, data: data.slice().fill(1) });
    expect(state.get('layer.bias')).toEqual(name.startsWith('layer') ? { shape, data } : undefined);
  });

  it.each([{ eps: 0 }, { eps: -1 }, { affine: true }, { normalizedShape: [4] }])(
    'refuses the options %j',
    (options) => {
      expect(() => shapeOfLayer([2, 3, 4], { op: name, options })).toThrowError(
        expect.objectContaining({ code: 'LAYER_OPTIONS', message: expect.stringContaining(`node "layer" (${name})`) }),
      );
    },
  );

  it('refuses to normalise one value', () => {
    const shape = name.endsWith('2d') ? [4, 4, 1] : [1];
    expect(() => shapeOfLayer(shape, layer())).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: expect.stringContaining(`node "layer": ${name} expects more than one value to normalise together`),
      }),
    );
  });
});

// A pixel of 1, 3 and one of 5, 9.
const pixels = [1, 3, 5, 9];
const close = (got: Float32Array, expected: readonly number[]): void => {
  expected.forEach((value, i) => {
    expect(got[i], `element ${i}`).toBeCloseTo(value, 6);
  });
};

it('layerNorm is over all of a sample, each value with its own weight and bias', () => {
  // Mean 4.5, variance (12.25 + 2.25 + 0.25 + 20.25)/4 = 8.75. In files the channels come first.
  const state = new Map([
    ['layer.weight', { shape: [2, 1, 2], data: Float32Array.of(1, 2, 3, 4) }],
    ['layer.bias', { shape: [2, 1, 2], data: Float32Array.of(0, 1, 0, 0) }],
  ]);
  const root = Math.sqrt(8.75 + 0.25);
  const expected = [-3.5 / root, (3 * -1.5) / root, (2 * 0.5) / root + 1, (4 * 4.5) / root];
  close(outputOfLayer([1, 2, 2], layerNorm({ eps: 0.25 }), pixels, { state }), expected);
});

it('layerNorm2d is over the channels of each pixel', () => {
  // Means 2 and 7, variances 1 and 4.
  const state = new Map([
    ['layer.weight', { shape: [2], data: Float32Array.of(1, 3) }],
    ['layer.bias', { shape: [2], data: Float32Array.of(0, 1) }],
  ]);
  const [first, second] = [Math.sqrt(1 + 0.5), Math.sqrt(4 + 0.5)];
  const expected = [-1 / first, 3 / first + 1, -2 / second, 6 / second + 1];
  close(outputOfLayer([1, 2, 2], layerNorm2d({ eps: 0.5 }), pixels, { state }), expected);
});

it('rmsNorm divides by the root of the mean square, of a sample or of each pixel', () => {
  const plain = { eps: 0.5, elementwiseAffine: false };
  const root = Math.sqrt((1 + 9 + 25 + 81) / 4 + 0.5);
  close(
    outputOfLayer([1, 2, 2], rmsNorm(plain), pixels),
    pixels.map((x) => x / root),
  );
  const [first, second] = [Math.sqrt(5 + 0.5), Math.sqrt(53 + 0.5)];
  const expected = [1 / first, 3 / first, 5 / second, 9 / second];
  close(outputOfLayer([1, 2, 2], rmsNorm2d(plain), pixels), expected);
});

it('layerNorm2d and rmsNorm2d refuse a vector', () => {
  expect(() => shapeOfLayer([5], layerNorm2d())).toThrowError('node "layer": layerNorm2d expects a map');
  expect(() => shapeOfLayer([5], rmsNorm2d())).toThrowError('node "layer": rmsNorm2d expects a map');
});
