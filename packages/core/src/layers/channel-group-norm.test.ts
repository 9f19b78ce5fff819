import { describe, expect, it } from 'vitest';
import type { LayerCall } from '../graph/builder.ts';
import { elements } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { stateLayout } from '../plan/parameters.ts';
import { initialState } from '../state.ts';
import { expectGradients } from '../testing/gradients.ts';
import { batchFor, normalised } from '../testing/graphs.ts';
import { Network, testState } from '../testing/network.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { bitsOf, pseudoRandom } from '../testing/values.ts';
import { groupNorm } from './group-norm.ts';
import { instanceNorm2d } from './instance-norm2d.ts';

const eps = 1e-2;
const cases: readonly (readonly [shape: readonly number[], layer: LayerCall])[] = [
  [[3, 2, 6], groupNorm({ numGroups: 1, eps })],
  [[3, 2, 6], groupNorm({ numGroups: 3, eps })],
  [[3, 2, 6], groupNorm({ numGroups: 6, eps })],
  [[3, 2, 6], groupNorm({ numGroups: 2, eps, affine: false })],
  [[12], groupNorm({ numGroups: 3, eps })],
  [[3, 2, 5], instanceNorm2d({ eps })],
  [[3, 2, 5], instanceNorm2d({ eps, affine: true })],
];

describe.each(cases)('on %j, %o', (shape, layer) => {
  it('has the gradients of its loss', () => {
    const batch = { inputs: { input: pseudoRandom(5 * elements(shape), 1, 2) }, labels: [2, 0, 3, 1, 3] };
    for (const shards of [1, 3, 7]) {
      expectGradients({ graph: probeGraph(shape, layer), batch, shards, h: 1 / 64, tolerance: 3e-4 });
    }
  });

  it('computes a sample as it does alone, in evaluation too', () => {
    const size = elements(shape);
    const x = pseudoRandom(3 * size, 2);
    const all = outputOfLayer(shape, layer, x, { samples: 3, train: true });
    expect(outputOfLayer(shape, layer, x, { samples: 3 })).toEqual(all);
    for (const sample of [0, 1, 2]) {
      const [begin, end] = [sample * size, (sample + 1) * size];
      expect(outputOfLayer(shape, layer, x.subarray(begin, end))).toEqual(all.subarray(begin, end));
    }
  });
});

describe('groupNorm', () => {
  const close = (got: Float32Array, expected: readonly number[]): void => {
    expected.forEach((value, i) => {
      expect(got[i], `element ${i}`).toBeCloseTo(value, 6);
    });
  };

  it('is over neighbouring channels and all pixels, each channel with its weight and bias', () => {
    // Channels 0 and 1: 1, 3, 5, 7, mean 4, variance 5. Channels 2 and 3 are constant.
    const x = [1, 3, 9, 9, 5, 7, 9, 9];
    const state = new Map([
      ['layer.weight', { shape: [4], data: Float32Array.of(1, 2, 3, 4) }],
      ['layer.bias', { shape: [4], data: Float32Array.of(0, 0.5, 0, 7) }],
    ]);
    const root = Math.sqrt(5 + 1);
    const expected = [-3 / root, -2 / root + 0.5, 0, 7, 1 / root, 6 / root + 0.5, 0, 7];
    close(outputOfLayer([1, 2, 4], groupNorm({ numGroups: 2, eps: 1 }), x, { state }), expected);
  });

  it('has as many groups as channels in instanceNorm2d, which has no parameters unless asked', () => {
    const x = pseudoRandom(24, 3);
    const alone = groupNorm({ numGroups: 4, affine: false });
    expect(outputOfLayer([2, 3, 4], instanceNorm2d(), x)).toEqual(outputOfLayer([2, 3, 4], alone, x));
    const state = (layer: LayerCall) => initialState(stateLayout(resolveGraph(probeGraph([2, 3, 4], layer))), 1);
    expect([...state(instanceNorm2d()).keys()]).toEqual(['fc.weight', 'fc.bias']);
    const trained = state(instanceNorm2d({ affine: true }));
    expect(trained.get('layer.weight')).toEqual({ shape: [4], data: new Float32Array(4).fill(1) });
    expect(trained.get('layer.bias')).toEqual({ shape: [4], data: new Float32Array(4) });
  });

  it('has the same bits with the ReLU behind it as part of it, and apart', () => {
    const graph = normalised();
    const batch = batchFor(graph, 7);
    const [fused, apart] = [graph, { ...graph, outputs: [...graph.outputs, 'norm1'] }].map((own) => {
      const network = new Network({ graph: own, batch: 7, shards: 3, inputGradients: true });
      network.load(testState(own));
      network.train(batch);
      return [network.gradientVector(), network.inputGradient()].map(bitsOf);
    });
    expect(fused).toEqual(apart);
  });

  it('refuses groups that do not divide the channels, and groups of one value', () => {
    expect(() => shapeOfLayer([4, 4, 6], groupNorm({ numGroups: 4 }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: 'node "layer": groupNorm expects numGroups to divide the number of channels, 6 of 4x4x6, got 4',
      }),
    );
    expect(() => shapeOfLayer([6], groupNorm({ numGroups: 6 }))).toThrowError(
      'node "layer": groupNorm expects more than one value a group, got 6 groups of 6',
    );
    expect(() => shapeOfLayer([1, 1, 6], instanceNorm2d())).toThrowError(
      'node "layer": instanceNorm2d expects more than one value a group, got 6 groups of 1x1x6',
    );
    expect(() => shapeOfLayer([6], instanceNorm2d())).toThrowError('node "layer": instanceNorm2d expects a map');
  });

  it.each([
    ['groupNorm', {}],
    ['groupNorm', { numGroups: 0 }],
    ['groupNorm', { numGroups: 2, eps: 0 }],
    ['instanceNorm2d', { trackRunningStats: true }],
  ])('%s refuses the options %j', (op, options) => {
    expect(() => shapeOfLayer([4, 4, 6], { op, options })).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS', message: expect.stringContaining(`node "layer" (${op})`) }),
    );
  });
});
