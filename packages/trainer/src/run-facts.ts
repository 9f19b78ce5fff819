import { countParameters, microBatchShards, resolveGraph, stateLayout } from '@lockstep/core';
import type { ImageDataset } from '@lockstep/data';
import { outOfPatience } from './progress.ts';
import { dataShares, type TrainEvent, type TrainSummary, trainingSeconds } from './run-metrics.ts';
import { weightsSha256 } from './state-digest.ts';
import type { Run } from './training-loop.ts';

/** What the run is about. */
export function startEvent({ config, prepared, trainer, runDir, weights }: Run): TrainEvent {
  const { recipe, train, test } = prepared;
  const { shards, epochs, batch } = recipe;
  const { workers, steps, step, memoryBytes } = trainer;
  const layout = stateLayout(resolveGraph(recipe.graph));
  return {
    event: 'start',
    runDir,
    model: config.options.model,
    data: config.options.data,
    parameters: countParameters(layout),
    ...(recipe.frozen && { trainedParameters: countParameters(layout, recipe.frozen) }),
    trainSamples: train.length,
    testSamples: test.length,
    streamedSamples: streamedSamples(train) + streamedSamples(test),
    pictureBytes: train.images.length + test.images.length,
    epochs,
    steps,
    step,
    batch,
    workers,
    shards,
    kernels: config.kernels,
    efficiencyBound: efficiencyBound(shards, workers, recipe.accumulate),
    memoryBytes,
    ...(weights && { weights }),
  };
}

const streamedSamples = ({ length, streamed }: ImageDataset): number => (streamed ? length - streamed.resident : 0);

/** How much of the workers' time there is work for, since a shard is one worker's. */
function efficiencyBound(shards: number, workers: number, accumulate = 1): number {
  const turns = microBatchShards(accumulate, shards).map(({ begin, end }) => Math.ceil((end - begin) / workers));
  return shards / (workers * turns.reduce((sum, count) => sum + count, 0));
}

/** How the run ended, or where it was broken off. */
export function summarise({ config, prepared, trainer, runDir, steps, epochs, progress }: Run): TrainSummary {
  const last = epochs.at(-1);
  const samples = steps.reduce((sum, step) => sum + step.samples, 0);
  return {
    testAccuracy: last?.testAccuracy ?? null,
    testLoss: last?.testLoss ?? null,
    bestTestAccuracy: progress.best?.testAccuracy ?? null,
    bestEpoch: progress.best?.epoch ?? null,
    stoppedEarly: trainer.step < trainer.steps && outOfPatience(progress, config.options.patience),
    imagesPerSecond: samples / trainingSeconds(steps),
    ...dataShares(steps),
    seconds: (Date.now() - Date.parse(config.created)) / 1000,
    epochs: epochs.length,
    steps: trainer.step,
    parameters: countParameters(stateLayout(resolveGraph(prepared.recipe.graph))),
    workers: trainer.workers,
    shards: prepared.recipe.shards,
    kernels: config.kernels,
    weightsSha256: weightsSha256(trainer.state().model),
    runDir,
  };
}
