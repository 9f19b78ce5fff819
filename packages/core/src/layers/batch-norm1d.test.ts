import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { Network, testState } from '../testing/network.ts';
import { probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { bitsOf, pseudoRandom } from '../testing/values.ts';
import { batchNorm1d } from './batch-norm1d.ts';
import { batchNorm2d } from './batch-norm2d.ts';

const batch = { inputs: { input: pseudoRandom(5 * 7, 1, 2) }, labels: [2, 0, 3, 1, 3] };

describe('batchNorm1d', () => {
  it.each([1, 3, 7])(
    'has the gradients of its loss through the statistics of the whole batch, in %i shards',
    (shards) => expectGradients({ graph: probeGraph([7], batchNorm1d({ eps: 1e-2 })), batch, shards }),
  );

  it('computes what batchNorm2d does of maps of one pixel', () => {
    const [vectors, maps] = [probeGraph([7], batchNorm1d()), probeGraph([1, 1, 7], batchNorm2d())].map((graph) => {
      const network = new Network({ graph: { ...graph, outputs: ['fc', 'layer'] }, batch: 5, shards: 3 });
      network.load(testState(graph));
      network.train(batch);
      const trained = network.tensor('layer');
      const buffers = network.nextBuffers();
      const gradients = [...network.gradients()].map(([name, values]) => [name, bitsOf(values)]);
      network.evaluate(batch);
      return { trained, buffers, gradients, evaluated: network.tensor('layer') };
    });
    expect(vectors).toEqual(maps);
    expect(vectors!.trained).not.toEqual(vectors!.evaluated);
  });

  it('refuses a map', () => {
    expect(() => shapeOfLayer([5, 5, 3], batchNorm1d())).toThrowError('node "layer": batchNorm1d expects a vector');
  });

  it('refuses a batch of one sample, with what to do', () => {
    const graph = probeGraph([7], batchNorm1d());
    const network = new Network({ graph, batch: 5, shards: 2 });
    network.load(testState(graph));
    expect(() => network.train({ inputs: { input: pseudoRandom(7, 1) }, labels: [0] })).toThrowError(
      'layer: batch normalisation needs more than one value a channel, got a batch of 1 of shape 7; use a larger batch',
    );
  });
});
