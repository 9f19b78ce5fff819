import { describe, expect, it } from 'vitest';
import type { BatchPlace } from '../execution/batch.ts';
import { Generator } from '../random/generator.ts';
import { expectGradients } from '../testing/gradients.ts';
import { Network, testState } from '../testing/network.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { stochasticDepth } from './stochastic-depth.ts';

const place = { seed: 7, epoch: 3, firstPosition: 1000 };
const samples = 9;
const graph = { ...probeGraph([2, 3, 5], stochasticDepth({ p: 0.375 })), outputs: ['fc', 'layer'] };

/** What each sample was multiplied by. */
function factors(at: BatchPlace, shards = 4): number[] {
  const network = new Network({ graph, batch: samples, shards });
  network.load(testState(graph));
  const inputs = { input: new Float32Array(samples * 30).fill(1) };
  network.train({ inputs, labels: new Array<number>(samples).fill(0), place: at });
  const y = network.tensor('layer');
  return Array.from({ length: samples }, (_, i) => {
    const values = new Set(y.subarray(i * 30, (i + 1) * 30));
    expect(values.size, 'one factor a sample').toBe(1);
    return [...values][0]!;
  });
}

describe('stochasticDepth', () => {
  it('drops the samples that the generator says, and divides the others by 1 − p', () => {
    const expected = Array.from({ length: samples }, (_, i) => {
      const { seed, epoch, firstPosition } = place;
      const generator = new Generator({ seed, purpose: 'dropout', epoch, position: firstPosition + i, layer: 0 });
      return generator.uniform() < 0.375 ? 0 : Math.fround(1.6);
    });
    expect(factors(place)).toEqual(expected);
    expect(new Set(expected).size).toBe(2);
  });

  it('drops the same with any number of shards, and others in another epoch', () => {
    expect(factors(place, 1)).toEqual(factors(place));
    expect(factors({ ...place, epoch: 4 })).not.toEqual(factors(place));
  });

  it.each([[[3, 2, 3]], [[21]]])('has the gradients of its loss on %j', (shape) => {
    const length = shape.reduce((product, side) => product * side, 1);
    const batch = { inputs: { input: pseudoRandom(4 * length, 1) }, labels: [1, 3, 0, 2], place };
    expectGradients({ graph: probeGraph(shape, stochasticDepth({ p: 0.3 })), batch });
  });

  it('does nothing in evaluation', () => {
    expect([...outputOfLayer([4], stochasticDepth({ p: 0.9 }), [1, 2, 3, 4])]).toEqual([1, 2, 3, 4]);
  });

  it.each([-0.1, 1])('refuses p = %d', (p) => {
    expect(() => shapeOfLayer([5], stochasticDepth({ p }))).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS' }),
    );
  });
});
