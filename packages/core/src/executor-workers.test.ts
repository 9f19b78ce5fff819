import { describe, expect, it } from 'vitest';
import type { OutputLoss } from './losses/loss.ts';
import { type Range, splitPoint, workerSubtrees } from './parallel/shards.ts';
import { RecordingCollective, ReplayingCollective } from './testing/collectives.ts';
import {
  batchFor,
  batchForHeads,
  convolutions,
  heads,
  normalised,
  plain,
  resampled,
  residual,
  sequence,
  wide,
  wideResidual,
  withHeads,
} from './testing/graphs.ts';

import { Network, testState } from './testing/network.ts';
import { bitsOf } from './testing/values.ts';

describe('Executor: the same bits for any number of workers', () => {
  /** The sum over a tree's shards, from the partial sums of the subtrees that workers own. */
  function sumOverTree(tree: Range, partials: ReadonlyMap<string, Float32Array>): Float32Array {
    const partial = partials.get(`${tree.begin}-${tree.end}`);
    if (partial) return partial;
    const middle = splitPoint(tree);
    const left = sumOverTree({ begin: tree.begin, end: middle }, partials);
    const right = sumOverTree({ begin: middle, end: tree.end }, partials);
    return left.map((value, i) => value + right[i]!);
  }

  it.each([
    ['without batch norm', plain(), 16, 22],
    ['with batch norm', residual(), 16, 22],
    ['with normalisations of samples', normalised(), 16, 22],
    ['with normalisations of samples, five shards', normalised(), 5, 3],
    ['with Winograd convolutions', wide(), 6, 13],
    ['with residual connections in the normalisations before them', wideResidual(), 6, 13],
    ['with residual connections, in micro-batches', wideResidual(), 7, 13, undefined, undefined, 2],
    ['with pooling and upsampling', resampled(), 6, 13],
    ['with convolutions of every kind', convolutions(), 6, 13],
    ['with convolutions of every kind, some shards empty', convolutions(), 5, 3],
    ['with sequences', sequence(), 6, 13],
    ['with batch norm, most shards empty', residual(), 16, 3],
    ['with batch norm, seven shards', residual(), 7, 12],
    ['with batch norm, five shards', residual(), 5, 22],
    ['with ghost batch norm', residual(), 8, 22, undefined, 2],
    ['with ghost batch norm, seven shards', residual(), 7, 22, undefined, 3],
    ['with ghost batch norm, most shards empty', residual(), 16, 7, undefined, 3],
    ['in micro-batches', residual(), 16, 22, undefined, undefined, 4],
    ['in micro-batches that shards do not divide, some empty', residual(), 7, 5, undefined, undefined, 3],
    ['in micro-batches of every kind', convolutions(), 5, 13, undefined, undefined, 2],
    ['in micro-batches of ghost groups', residual(), 7, 22, undefined, 3, 2],
    ['in micro-batches, with weighted classes', withHeads(), 7, 22, heads, undefined, 3],
    ['with losses of several outputs, and weighted classes', withHeads(), 7, 22, heads],
    ['with weighted classes, most shards empty', withHeads(), 16, 3, heads],
  ])('%s', (_, graph, shards, samples, losses?: readonly OutputLoss[], ghostBatch?: number, accumulate = 1) => {
    const state = testState(graph);
    const batch = losses ? batchForHeads(samples) : batchFor(graph, samples);
    const recording = new RecordingCollective(shards);
    const solo = new Network({ graph, batch: samples, shards, collective: recording, losses, ghostBatch, accumulate });
    recording.kernels = solo.kernels;
    solo.load(state);
    solo.poison(); // so that what a shard with fewer groups brings is the same everywhere
    solo.train(batch);
    const all = { begin: 0, end: shards };
    const partialsOf = (network: Network, rank: number, workers: number) =>
      workerSubtrees(rank, workers, shards, accumulate).map(
        ({ begin, end }, subtree) => [`${begin}-${end}`, network.gradientVector(subtree)] as const,
      );
    const sum = sumOverTree(all, new Map(partialsOf(solo, 0, 1)));
    const expected = bitsOf(sum);
    const expectedLosses = solo.losses();
    expect(sum.some((value) => value !== 0)).toBe(true);
    if (accumulate > 1 && solo.plan.rows[0] === solo.plan.rows[1]) {
      // No batch norm, or one of ghost groups: micro-batches have the bits of the whole batch.
      const whole = new Network({ graph, batch: samples, shards, losses, ghostBatch });
      whole.load(state);
      whole.train(batch);
      expect(bitsOf(whole.gradientVector())).toEqual(expected);
      expect(whole.nextBuffers()).toEqual(solo.nextBuffers());
      expect(whole.losses()).toEqual(expectedLosses);
      expect(solo.plan.arenaBytes * solo.plan.maxOwnShards).toBeLessThan(whole.plan.arenaBytes * shards);
    }

    for (let workers = 1; workers <= shards; workers++) {
      const partials = new Map<string, Float32Array>();
      for (let rank = 0; rank < workers; rank++) {
        const collective = new ReplayingCollective(rank, workers, shards, recording.meetings);
        const network = new Network({
          graph,
          batch: samples,
          shards,
          workers,
          collective,
          losses,
          ghostBatch,
          accumulate,
        });
        collective.kernels = network.kernels;
        network.load(state);
        network.poison();
        network.train(batch);
        expect(collective.met).toBe(recording.meetings.length);
        for (const [range, gradient] of partialsOf(network, rank, workers)) partials.set(range, gradient);
        const positions = network.executor.shards.map((shard) => network.executor.batchPositions(shard));
        expect(network.losses()).toEqual(positions.flatMap(({ begin, end }) => expectedLosses.slice(begin, end)));
        expect(network.nextBuffers()).toEqual(solo.nextBuffers());
      }
      expect(bitsOf(sumOverTree(all, partials)), `${workers} workers`).toEqual(expected);
    }
  });

  it.each([residual(), wideResidual()])(
    'has one meeting for each batch norm and direction, at two places by turns, from step to step: $name',
    (graph) => {
      const collective = new RecordingCollective(4);
      const network = new Network({ graph, batch: 8, shards: 4, collective });
      collective.kernels = network.kernels;
      network.load(testState(graph));
      network.train(batchFor(graph, 8));
      network.evaluate(batchFor(graph, 8)); // meets nobody
      network.train(batchFor(graph, 7));
      const [first, second] = network.plan.rows;
      const pointers = collective.meetings.map(({ pointer }) => pointer);
      const norms = graph.nodes.filter(({ op }) => op === 'batchNorm2d').length;
      expect(pointers).toEqual(Array.from({ length: 2 * norms }, () => [first, second]).flat());
      expect(first).not.toBe(second);
    },
  );
});
