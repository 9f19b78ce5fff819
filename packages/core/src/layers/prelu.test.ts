import { describe, expect, it } from 'vitest';
import { sequential } from '../graph/builder.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { stateLayout } from '../plan/parameters.ts';
import { initialState } from '../state.ts';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { spacedValues } from '../testing/values.ts';
import { linear } from './linear.ts';
import { prelu } from './prelu.ts';

describe('prelu', () => {
  it.each([
    [[3, 2, 5], 1],
    [[3, 2, 5], 5],
    [[11], 1],
    [[11], 11],
  ])('has the gradients of its loss, those of the slopes too, on %j with %i slopes', (shape, numParameters) => {
    const size = 5 * shape.reduce((product, length) => product * length, 1);
    const batch = { inputs: { input: spacedValues(size, 1, 1 / 8) }, labels: [1, 3, 0, 2, 1] };
    for (const shards of [1, 3]) {
      expectGradients({ graph: probeGraph(shape, prelu({ numParameters })), batch, shards, h: 1 / 64 });
    }
  });

  it('has the gradients of its loss where its input is kept for nobody else', () => {
    const graph = sequential(
      'chain',
      [7],
      [
        ['fc1', linear({ outFeatures: 6 })],
        ['prelu', prelu({ numParameters: 6 })],
        ['fc2', linear({ outFeatures: 4 })],
      ],
    );
    const batch = { inputs: { input: spacedValues(4 * 7, 2, 1 / 8) }, labels: [1, 3, 0, 2] };
    expectGradients({ graph, batch, h: 1 / 512, tolerance: 3e-4 });
  });

  it('is x where x is positive, else slope·x, each channel with its own', () => {
    const state = new Map([['layer.weight', { shape: [2], data: Float32Array.of(0.5, -2) }]]);
    const layer = prelu({ numParameters: 2 });
    expect([...outputOfLayer([1, 2, 2], layer, [-1, -1, 3, 4], { state })]).toEqual([-0.5, 2, 3, 4]);
    const one = new Map([['layer.weight', { shape: [1], data: Float32Array.of(0.5) }]]);
    expect([...outputOfLayer([1, 2, 2], prelu(), [-1, -2, 3, 4], { state: one })]).toEqual([-0.5, -1, 3, 4]);
  });

  it('begins with the slope 1/4', () => {
    const weight = (layer: ReturnType<typeof prelu>) =>
      initialState(stateLayout(resolveGraph(probeGraph([3], layer))), 1).get('layer.weight');
    expect(weight(prelu())).toEqual({ shape: [1], data: Float32Array.of(0.25) });
    expect(weight(prelu({ numParameters: 3, init: 0.125 }))!.data).toEqual(new Float32Array(3).fill(0.125));
  });

  it('refuses a number of slopes that is not the number of channels', () => {
    expect(() => shapeOfLayer([4, 4, 3], prelu({ numParameters: 2 }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: 'node "layer": prelu expects numParameters to be 1 or the number of channels, 3 of 4x4x3, got 2',
      }),
    );
  });
});
