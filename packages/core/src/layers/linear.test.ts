import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { linear } from './linear.ts';

describe('linear', () => {
  it.each([
    ['with bias', linear({ outFeatures: 5 })],
    ['without', linear({ outFeatures: 9, bias: false })],
  ])('has the gradients of its loss: %s', (_, layer) => {
    const batch = { inputs: { input: pseudoRandom(5 * 7, 1) }, labels: [2, 0, 3, 1, 3] };
    expectGradients({ graph: probeGraph([7], layer), batch });
  });

  it('keeps weights as PyTorch does: [out, in]', () => {
    const state = new Map([
      ['layer.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 10, 20, 30) }],
      ['layer.bias', { shape: [2], data: Float32Array.of(0.5, -0.5) }],
    ]);
    const y = outputOfLayer([3], linear({ outFeatures: 2 }), [1, 0, -1, 2, 1, 0], { state, samples: 2 });
    expect([...y]).toEqual([1 - 3 + 0.5, 10 - 30 - 0.5, 2 + 2 + 0.5, 20 + 20 - 0.5]);
  });

  it('refuses a map, and says what to do', () => {
    expect(() => shapeOfLayer([2, 2, 3], linear({ outFeatures: 2 }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: 'node "layer": linear expects a vector of [features], got 2x2x3; put a flatten before it',
      }),
    );
  });

  it.each([{ outFeatures: 0 }, { outFeatures: 3, inFeatures: 3 }, {}])('refuses the options %j', (options) => {
    expect(() => shapeOfLayer([3], { op: 'linear', options })).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS', message: expect.stringContaining('node "layer" (linear): ') }),
    );
  });
});
