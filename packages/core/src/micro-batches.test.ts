import { describe, expect, it } from 'vitest';
import { batchFor, residual } from './testing/graphs.ts';
import { type Batch, Network, testState } from './testing/network.ts';
import { bitsOf } from './testing/values.ts';

/** Samples [begin, end) of a batch. */
function part({ inputs, labels }: Batch, begin: number, end: number): Batch {
  const cut = (values: Float32Array) =>
    values.slice((values.length / labels.length) * begin, (values.length / labels.length) * end);
  return {
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, cut(values)])),
    labels: labels.slice(begin, end),
  };
}

describe('micro-batches', () => {
  it('have the statistics, losses and gradients of batches of their own; the running statistics go from one to the next', () => {
    const graph = residual();
    const batch = batchFor(graph, 12);
    const whole = new Network({ graph, batch: 12, shards: 6, accumulate: 3 });
    whole.load(testState(graph));
    whole.train(batch);
    let state = testState(graph);
    const losses: number[] = [];
    for (const i of [0, 1, 2]) {
      const alone = new Network({ graph, batch: 4, shards: 2 });
      alone.load(state);
      alone.train(part(batch, 4 * i, 4 * i + 4));
      expect(bitsOf(whole.gradientVector(i))).toEqual(bitsOf(alone.gradientVector()));
      losses.push(...alone.losses());
      state = new Map([
        ...state,
        ...[...alone.nextBuffers()].map(([name, data]) => [name, { shape: [data.length], data }] as const),
      ]);
    }
    expect(whole.losses()).toEqual(losses);
    for (const [name, data] of whole.nextBuffers()) expect(data, name).toEqual(state.get(name)!.data);
    whole.train(batch); // not from what the step before left
    for (const [name, data] of whole.nextBuffers()) expect(data, name).toEqual(state.get(name)!.data);
  });

  it('without samples are passed over, in a batch of few', () => {
    const graph = residual();
    const batch = batchFor(graph, 2);
    const few = new Network({ graph, batch: 12, shards: 6, accumulate: 6 });
    few.load(testState(graph));
    few.poison();
    few.train(batch);
    // Sample 0 is in shard 2, sample 1 in shard 5.
    const alone = [0, 1].map((i) => {
      const network = new Network({ graph, batch: 1, shards: 1 });
      network.load(testState(graph));
      network.train(part(batch, i, i + 1));
      return bitsOf(network.gradientVector());
    });
    const none = bitsOf(new Float32Array(few.plan.state.parameterFloats));
    const gradients = Array.from({ length: 6 }, (_, i) => bitsOf(few.gradientVector(i)));
    expect(gradients).toEqual([none, none, alone[0], none, none, alone[1]]);
  });

  it('are asked for by number', () => {
    const graph = residual();
    const { executor } = new Network({ graph, batch: 6, shards: 3, accumulate: 3 });
    executor.beginBatch(6, 0);
    expect(executor.microBatches.map((shards) => shards.map(({ index }) => index))).toEqual([[0], [1], [2]]);
    expect(() => executor.forwardBackward(3)).toThrowError('there is no micro-batch 3: a batch has 3');
  });

  it.each([
    [
      { accumulate: 4 },
      'expected at most as many micro-batches as shards, got 4 micro-batches of 3 shards: use fewer of them, or more shards',
    ],
    [{ accumulate: 0 }, 'expected accumulate to be a positive integer, got 0'],
  ])('are refused: %j', (options, message) => {
    expect(() => new Network({ graph: residual(), batch: 6, shards: 3, ...options })).toThrowError(message);
  });
});
