import { join } from 'node:path';
import { countParameters, encodeSafetensors, microBatchShards, resolveGraph, stateLayout } from '@lockstep/core';
import type { ImageDataset } from '@lockstep/data';
import { type KernelProbe, kernelsSha256, probeKernels } from '@lockstep/kernels';
import { type CheckpointFacts, readLastCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Evaluation } from './evaluation.ts';
import { type Fault, type RunFaultPoint, runFaultPoint } from './faults.ts';
import { layerFiles } from './layer-files.ts';
import { describeMachine } from './machine.ts';
import { MetricsFile } from './metrics-file.ts';
import { kernelsChoice, type TrainOptionsInput, trainOptionsSchema } from './options.ts';
import { type LoadEvents, type PreparedRun, prepareRun } from './prepare.ts';
import { initialProgress, outOfPatience, type Progress, progressAfter } from './progress.ts';
import {
  createRunFolder,
  newRunFolder,
  type RunConfig,
  readConfig,
  runFiles,
  writeConfig,
  writeWhole,
} from './run-folder.ts';
import {
  dataShares,
  type EpochMetrics,
  epochMetrics,
  readMetrics,
  type StepMetrics,
  stepMetrics,
  type TrainEvent,
  type TrainSummary,
  trainingSeconds,
} from './run-metrics.ts';
import type { WeightsFacts } from './starting-state.ts';
import { weightsSha256 } from './state-digest.ts';
import { Trainer } from './trainer.ts';
import type { TrainingState } from './training-state.ts';
import { writeReport } from './write-report.ts';

export interface RunTrainingOptions {
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
  /** Stops the run after the step under way, with a checkpoint; while the data is loaded, with the signal's reason thrown. */
  readonly signal?: AbortSignal | undefined;
  /** For drills. */
  readonly fault?: Fault | undefined;
  /** Recorded in the run's configuration. */
  readonly version?: string | undefined;
}

/**
 * Trains as `lockstep train` does, and writes a run folder: configuration, metrics, checkpoints, weights, report.
 *
 * @throws what is wrong with an option or the data, before anything is written; a worker's own error, if one fails again and
 * again; TrainerError if the folder cannot be written.
 */
export async function runTraining(input: TrainOptionsInput, run: RunTrainingOptions = {}): Promise<TrainSummary> {
  const options = trainOptionsSchema.parse(input);
  const prepared = await prepareRun(options, loadEvents(run));
  const { start } = prepared;
  const kernels = probeKernels(kernelsChoice(options.kernels).build);
  const runDir = options.runDir ?? (await newRunFolder(prepared.recipe.graph.name, options.data, new Date()));
  const config: RunConfig = {
    version: 1,
    created: new Date().toISOString(),
    lockstep: run.version ?? 'unknown',
    options,
    recipe: prepared.recipe,
    layers: layerFiles(prepared.recipe.graph),
    workers: prepared.workers,
    kernels: kernels.build,
    classes: [...prepared.train.classes],
    pictures: picturesOf(prepared.train),
    surveys: { train: prepared.train.streamed?.survey, test: prepared.test.streamed?.survey },
    machine: describeMachine(),
  };
  await using trainer = newTrainer(prepared, kernels, run, start?.state);
  await createRunFolder(runDir);
  const begun: Run = {
    config, prepared, trainer, runDir, steps: [], epochs: [], progress: initialProgress, weights: start?.facts,
  }; // biome-ignore format: a list of names
  // What files gave is in the folder before there is a run in it: it can go on without them.
  if (start) await saveCheckpoint(begun);
  await writeConfig(runDir, config);
  return await train(begun, run);
}

/**
 * Goes on with a run from its last checkpoint, to the bits that it would have had without the break.
 *
 * @param workers may be another number than before: no bit depends on it.
 */
export async function resumeTraining(
  runDir: string,
  { workers, ...run }: RunTrainingOptions & { readonly workers?: number | 'auto' | undefined } = {},
): Promise<TrainSummary> {
  const warn = (message: string) => run.onEvent?.({ event: 'warning', message });
  const config = await readConfig(runDir, (message) => warn(`${message}: the bits are not promised`));
  const { options, recipe } = config;
  const data = await prepareRun(
    { ...options, shards: recipe.shards, workers: workers ?? options.workers },
    loadEvents(run),
    { graph: recipe.graph, surveys: config.surveys },
  );
  // The recipe is the one that the run began with, whatever a default has become since.
  const prepared = { ...data, recipe };
  if (JSON.stringify(data.recipe.normalisation) !== JSON.stringify(recipe.normalisation)) {
    warn('the pictures are not those that the run began with: the bits are not promised');
  }
  const kernels = probeKernels(kernelsChoice(options.kernels).build);
  const checkpoint = await readLastCheckpoint(join(runDir, runFiles.checkpoints), warn);
  if (checkpoint) checkKernels(checkpoint.facts, kernels, warn);
  else warn('the run ended before its first checkpoint: it begins anew');
  await using trainer = newTrainer(prepared, kernels, run, checkpoint?.state);
  const progress = checkpoint?.progress ?? initialProgress;
  const { steps, epochs } = await readMetrics(runDir, { step: trainer.step, epochs: progress.epochs });
  if (steps.length < trainer.step) warn(`${runFiles.metrics} lacks steps: the curves do, too; no bit depends on it`);
  return await train({ config, prepared, trainer, runDir, steps, epochs, progress }, run);
}

/** Says where the bits are not promised: the run goes on all the same. */
function checkKernels(facts: CheckpointFacts, kernels: KernelProbe, warn: (message: string) => void): void {
  if (facts.kernelsSha256 !== kernelsSha256()) {
    warn('the run began with the kernels of another version of Lockstep: the bits are not promised');
  }
  if ((facts.kernelBuild === 'strict') !== (kernels.build === 'strict')) {
    warn(
      `the run began with the ${facts.kernelBuild} kernels and goes on with ${kernels.build}: the bits are not promised`,
    );
  }
}

const loadEvents = ({ onEvent, signal }: RunTrainingOptions): LoadEvents => ({
  signal,
  onProgress: (progress) => onEvent?.({ event: 'loading', ...progress }),
  onWarning: (message) => onEvent?.({ event: 'warning', message }),
});

interface Run {
  readonly config: RunConfig;
  readonly prepared: PreparedRun;
  readonly trainer: Trainer;
  readonly runDir: string;
  /** All steps and epochs so far, those before a break included. */
  readonly steps: StepMetrics[];
  readonly epochs: EpochMetrics[];
  progress: Progress;
  readonly weights?: WeightsFacts | undefined;
}

/**
 * The loop: some steps at a time, now and then a checkpoint, and at the end of each epoch an evaluation, the weights and a
 * checkpoint. What comes next follows from the state and the progress alone, so that it goes on wherever it was broken off.
 */
async function train(run: Run, { onEvent, signal, fault }: RunTrainingOptions): Promise<TrainSummary> {
  const { config, prepared, trainer, runDir, steps, epochs } = run;
  const { patience, checkpointSeconds } = config.options;
  const metrics = await MetricsFile.open(runDir);
  const at = (moment: RunFaultPoint) => runFaultPoint(fault, trainer.step, moment);
  let saved = { step: -1, at: performance.now() };
  const save = async () => {
    await metrics.flush();
    await saveCheckpoint(run, at);
    saved = { step: trainer.step, at: performance.now() };
  };
  const stop = () => trainer.requestStop();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  onEvent?.(startEvent(run));
  let evaluation: Evaluation | undefined;
  try {
    for (;;) {
      const epoch = run.progress.epochs;
      const epochEnd = (epoch + 1) * trainer.epochSteps;
      if (trainer.step === epochEnd) {
        evaluation = await trainer.evaluate();
        at('epoch');
        const line = epochMetrics(epoch, trainer.epochSteps, steps, evaluation);
        epochs.push(line);
        metrics.write({ event: 'epoch', ...line });
        onEvent?.({ event: 'epoch', ...line });
        at('model');
        await saveModel(run);
        run.progress = progressAfter(run.progress, line); // only now: a run that ended before does all of this again
        await save();
        continue;
      }
      if (trainer.step === trainer.steps || outOfPatience(run.progress, patience) || signal?.aborted) break;
      const start = performance.now();
      const before = trainer.dataTimes;
      const results = await trainer.run(epochEnd);
      const milliseconds = performance.now() - start;
      const { waitMs, loadMs } = trainer.dataTimes;
      const data = {
        dataWait: (waitMs - before.waitMs) / milliseconds,
        dataLoad: (loadMs - before.loadMs) / milliseconds,
      };
      for (const line of stepMetrics(results, milliseconds / 1000, trainer.epochSteps, data)) {
        steps.push(line);
        metrics.write({ event: 'step', ...line });
        onEvent?.({ event: 'step', ...line });
      }
      at('steps');
      if (trainer.step < epochEnd && performance.now() - saved.at >= checkpointSeconds * 1000) await save();
    }
    const interrupted = trainer.step < trainer.steps && !outOfPatience(run.progress, patience);
    if (interrupted && saved.step < trainer.step) await save();
    if (!interrupted) evaluation ??= await trainer.evaluate(); // resumed after its last step
    await metrics.close();
    const summary = summarise(run);
    await writeReport(runDir, { config, summary, evaluation, steps, epochs, test: prepared.test, interrupted });
    onEvent?.({ event: interrupted ? 'interrupted' : 'done', ...summary });
    return summary;
  } catch (error) {
    // What has been committed is not lost with the step that failed.
    await metrics.flush().catch(() => undefined);
    if (trainer.step > 0) await saveCheckpoint(run, at).catch(() => undefined);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    // It has been closed, or else what ended the run is what to tell.
    await metrics.close().catch(() => undefined);
  }
}

function newTrainer(
  prepared: PreparedRun,
  kernels: KernelProbe,
  { onEvent, fault }: RunTrainingOptions,
  resume?: TrainingState,
): Trainer {
  return new Trainer({
    ...prepared,
    kernels,
    resume,
    fault,
    onWarning: (message) => onEvent?.({ event: 'warning', message }),
  });
}

const saveModel = ({ runDir, trainer }: Run): Promise<void> =>
  writeWhole(join(runDir, runFiles.model), encodeSafetensors(trainer.state().model, { format: 'pt' }));

async function saveCheckpoint(
  { config, prepared, runDir, trainer, progress }: Run,
  at?: (moment: RunFaultPoint) => void,
): Promise<void> {
  const facts = { kernelBuild: config.kernels, kernelsSha256: kernelsSha256(), shards: prepared.recipe.shards };
  const checkpoint = { state: trainer.state(), progress, facts };
  const keep = config.options.keepCheckpoints;
  await writeCheckpoint(join(runDir, runFiles.checkpoints), checkpoint, { keep, at });
}

function startEvent({ config, prepared, trainer, runDir, weights }: Run): TrainEvent {
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

/** How new pictures are to be treated. */
const picturesOf = ({ height, width, channels, fit, background }: ImageDataset): RunConfig['pictures'] => ({
  ...{ height, width, channels, fit, background },
});

const streamedSamples = ({ length, streamed }: ImageDataset): number => (streamed ? length - streamed.resident : 0);

/** How much of the workers' time there is work for, since a shard is one worker's. */
function efficiencyBound(shards: number, workers: number, accumulate = 1): number {
  const turns = microBatchShards(accumulate, shards).map(({ begin, end }) => Math.ceil((end - begin) / workers));
  return shards / (workers * turns.reduce((sum, count) => sum + count, 0));
}

function summarise({ config, prepared, trainer, runDir, steps, epochs, progress }: Run): TrainSummary {
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
