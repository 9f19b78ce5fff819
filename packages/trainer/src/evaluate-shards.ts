import type { Range } from '@lockstep/core';
import { batchRanges } from '@lockstep/data';
import type { EvaluatedSet } from './epoch-figures.ts';
import { type BatchSamples, loadPictures, loadTargets } from './load-shards.ts';
import type { Replica } from './replica.ts';
import { gatherParameters } from './step.ts';

/**
 * Evaluates this worker's shards of every batch of a set: each sample exactly once, over all workers.
 *
 * @param part of the set, from one batch to another
 */
export function evaluateShards(replica: Replica, step: number, part: Range, on: EvaluatedSet): void {
  const { setup, executor, kernels, control } = replica;
  const { recipe, evaluation } = setup;
  const dataset = setup[on]!;
  const loader = replica.evaluationLoaders[on]!;
  const parity = (step & 1) as 0 | 1;
  gatherParameters(replica, parity);
  // What the network says is compared with one class a sample, whatever it was trained with.
  const labelled = { ...dataset, targets: undefined };
  for (const { begin, end } of batchRanges(dataset.length, recipe.batch)) {
    if (begin < part.begin || begin >= part.end) continue;
    control.throwIfAborted();
    executor.beginBatch(end - begin, parity);
    const batch: BatchSamples = {
      loader,
      dataset: labelled,
      epoch: 0,
      sampleAt: (position) => begin + position,
    };
    loadTargets(replica, batch);
    executor.microBatches.forEach((shards, microBatch) => {
      loadPictures(replica, shards, batch);
      executor.evaluate(microBatch);
    });
    for (const shard of executor.shards) {
      const at = executor.results(shard);
      const to = begin + executor.batchPositions(shard).begin;
      evaluation.losses.set(kernels.f64.subarray(at.losses / 8, at.losses / 8 + shard.images), to);
      evaluation.predicted.set(kernels.i32.subarray(at.predicted / 4, at.predicted / 4 + shard.images), to);
      evaluation.probabilities.set(kernels.f32.subarray(at.probabilities / 4, at.probabilities / 4 + shard.images), to);
    }
  }
}
