import type { ImageDataset } from '@lockstep/data';
import { loadDataset } from '@lockstep/data';
import { probeKernels } from '@lockstep/kernels';
import { TrainerError } from './errors.ts';
import type { Evaluation } from './evaluation.ts';
import { kernelsChoice, type TrainOptions } from './options.ts';
import { readConfig, readModel } from './run-folder.ts';
import { defaultWorkers, Trainer } from './trainer.ts';

export interface EvaluateRunOptions {
  /** Another data set than the run's own; its test set is used. */
  readonly data?: string | undefined;
  readonly workers?: number | undefined;
  readonly limitTest?: number | undefined;
  /** Default: as the run was trained. */
  readonly kernels?: TrainOptions['kernels'] | undefined;
}

/** Evaluates the weights of a run, as the run itself did: the same batch and shards, every sample exactly once. */
export async function evaluateRun(
  runDir: string,
  { data, workers, limitTest, kernels }: EvaluateRunOptions = {},
): Promise<Evaluation> {
  const config = await readConfig(runDir);
  const model = await readModel(runDir);
  const { options, recipe, classes } = config;
  const test = await loadDataset(data ?? options.data, {
    split: 'test',
    limit: limitTest ?? (data === undefined ? options.limitTest : undefined),
  });
  checkClasses(test, classes, runDir);
  await using trainer = new Trainer({
    recipe: { ...recipe, augment: [] },
    train: test,
    test,
    workers: workers ?? defaultWorkers(recipe.shards),
    kernels: probeKernels(kernelsChoice(kernels ?? options.kernels).build),
    resume: { step: 0, model, optimiser: [] },
  });
  return await trainer.evaluate();
}

function checkClasses({ name, classes }: ImageDataset, expected: readonly string[], runDir: string): void {
  if (classes.length <= expected.length) return;
  throw new TrainerError(
    'TRAINER_OPTIONS',
    `the network of ${runDir} knows ${expected.length} classes, but ${name} has ${classes.length}`,
  );
}
