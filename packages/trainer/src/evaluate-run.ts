import type { ImageDataset } from '@lockstep/data';
import { loadDataset } from '@lockstep/data';
import { probeKernels } from '@lockstep/kernels';
import type { EvaluatedSet } from './epoch-figures.ts';
import { TrainerError } from './errors.ts';
import type { Evaluation } from './evaluation.ts';
import { kernelsChoice, type TrainOptions } from './options.ts';
import { limitOf, pictureOptions } from './prepare.ts';
import { pictureShape, readConfig, readModel } from './run-folder.ts';
import { defaultWorkers, Trainer } from './trainer.ts';

export interface EvaluateRunOptions {
  /** Another data set than the run's own. */
  readonly data?: string | undefined;
  /** 'validation': what the run's epochs were judged by, or the validation set of another data set. Default: 'test'. */
  readonly split?: EvaluatedSet | undefined;
  readonly workers?: number | undefined;
  readonly limitTest?: number | undefined;
  /** Default: as the run was trained. */
  readonly kernels?: TrainOptions['kernels'] | undefined;
  /** Told of the code of a layer that has changed since the run began, and of what was left out of the data. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Evaluates the weights of a run, as the run itself did: the same batch and shards, every sample exactly once. */
export async function evaluateRun(
  runDir: string,
  { data, split = 'test', workers, limitTest, kernels, onWarning }: EvaluateRunOptions = {},
): Promise<Evaluation> {
  const config = await readConfig(runDir, onWarning);
  const model = await readModel(runDir);
  const { options, recipe, classes } = config;
  if (split === 'validation' && data === undefined && options.validation === 'none') {
    throw new TrainerError(
      'TRAINER_OPTIONS',
      `${runDir} was trained without samples for validation: test it, or train with --validation`,
    );
  }
  const loaded = await loadDataset(data ?? options.data, {
    ...pictureOptions(data === undefined ? options : { ...options, validation: 'none' }),
    ...pictureShape(config),
    split,
    memoryLimit: options.memoryLimit,
    stream: { batch: recipe.batch },
    survey: config.surveys?.[split],
    onWarning,
    limit: limitTest ?? (data === undefined ? limitOf(options, split) : undefined),
  });
  const test = relabelled(loaded, classes, runDir);
  await using trainer = new Trainer({
    recipe,
    train: test,
    test,
    workers: workers ?? defaultWorkers(recipe.shards),
    kernels: probeKernels(kernelsChoice(kernels ?? options.kernels).build),
    resume: { step: 0, model, optimiser: [] },
  });
  return await trainer.evaluate();
}

/** A data set with the labels that a network learnt: its classes have the same names, though not all, or in this order. */
function relabelled(dataset: ImageDataset, expected: readonly string[], runDir: string): ImageDataset {
  const { name, classes } = dataset;
  const unknown = classes.find((label) => !expected.includes(label));
  if (unknown !== undefined) {
    // Labels without names, as IDX files have them, are numbers of classes.
    const numbered = classes.every((label, i) => label === String(i));
    if (numbered && classes.length <= expected.length) return dataset;
    throw new TrainerError(
      'TRAINER_OPTIONS',
      numbered
        ? `the network of ${runDir} knows ${expected.length} classes, but ${name} has ${classes.length}`
        : `the network of ${runDir} knows the classes ${expected.join(', ')}, but ${name} has ${unknown}`,
    );
  }
  const labels = new Int32Array(new SharedArrayBuffer(4 * dataset.length));
  dataset.labels.forEach((label, i) => {
    labels[i] = expected.indexOf(classes[label]!);
  });
  return { ...dataset, classes: expected, labels };
}
