import { join } from 'node:path';
import type { ImageDataset } from '@lockstep/data';
import { type KernelProbe, kernelsSha256, probeKernels } from '@lockstep/kernels';
import { type CheckpointFacts, readLastCheckpoint } from './checkpoint.ts';
import type { Fault } from './faults.ts';
import { layerFiles } from './layer-files.ts';
import { describeMachine } from './machine.ts';
import { kernelsChoice, type TrainOptionsInput, trainOptionsSchema } from './options.ts';
import { type LoadEvents, type PreparedRun, prepareRun } from './prepare.ts';
import { initialProgress } from './progress.ts';
import { createRunFolder, newRunFolder, type RunConfig, readConfig, runFiles, writeConfig } from './run-folder.ts';
import { readMetrics, type TrainEvent, type TrainSummary } from './run-metrics.ts';
import { Trainer } from './trainer.ts';
import { type Run, saveCheckpoint, trainingLoop } from './training-loop.ts';
import type { TrainingState } from './training-state.ts';

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
    surveys: {
      train: prepared.train.streamed?.survey,
      validation: prepared.validation?.streamed?.survey,
      test: prepared.test.streamed?.survey,
    },
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
  return await trainingLoop(begun, run);
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
    { graph: recipe.graph, augment: recipe.augment, surveys: config.surveys },
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
  return await trainingLoop({ config, prepared, trainer, runDir, steps, epochs, progress }, run);
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

/** How new pictures are to be treated. */
const picturesOf = ({ height, width, channels, fit, background }: ImageDataset): RunConfig['pictures'] => ({
  ...{ height, width, channels, fit, background },
});

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
