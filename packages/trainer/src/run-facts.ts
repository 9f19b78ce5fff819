import { countParameters, microBatchShards, resolveGraph, stateLayout } from '@lockstep/core';
import type { ImageDataset } from '@lockstep/data';
import { outOfPatience } from './progress.ts';
import { dataShares, type TrainEvent, type TrainSummary, trainingSeconds } from './run-metrics.ts';
import { weightsSha256 } from './state-digest.ts';
import type { Run } from './training-loop.ts';

/** What the run is about. */
export function startEvent({ config, prepared, trainer, runDir, weights }: Run): TrainEvent {
  const { recipe, train, validation, test } = prepared;
  const all = [train, ...(validation ? [validation] : []), test];
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
    ...(validation && { validationSamples: validation.length }),
    testSamples: test.length,
    streamedSamples: all.reduce((sum, dataset) => sum + streamedSamples(dataset), 0),
    pictureBytes: all.reduce((sum, { images }) => sum + images.length, 0),
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

/** What the network does on the test set; and on the validation samples, where epochs are judged by those. */
function evaluated({ prepared, epochs, progress: { best }, test }: Run) {
  const last = epochs.at(-1);
  if (!prepared.validation) {
    return {
      testAccuracy: last?.testAccuracy ?? null,
      testLoss: last?.testLoss ?? null,
      bestTestAccuracy: best?.testAccuracy ?? null,
    };
  }
  return {
    testAccuracy: test?.last.accuracy ?? null,
    testLoss: test?.last.loss ?? null,
    bestTestAccuracy: test?.best?.accuracy ?? null,
    validationAccuracy: last?.validationAccuracy ?? null,
    validationLoss: last?.validationLoss ?? null,
    bestValidationAccuracy: best?.validationAccuracy ?? null,
  };
}

const streamedSamples = ({ length, streamed }: ImageDataset): number => (streamed ? length - streamed.resident : 0);

/** How much of the workers' time there is work for, since a shard is one worker's. */
function efficiencyBound(shards: number, workers: number, accumulate = 1): number {
  const turns = microBatchShards(accumulate, shards).map(({ begin, end }) => Math.ceil((end - begin) / workers));
  return shards / (workers * turns.reduce((sum, count) => sum + count, 0));
}

/** How the run ended, or where it was broken off. */
export function summarise(run: Run): TrainSummary {
  const { config, prepared, trainer, runDir, steps, epochs, progress } = run;
  const samples = steps.reduce((sum, step) => sum + step.samples, 0);
  return {
    ...evaluated(run),
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
