import { decodeSafetensors, pretrainedState, resolveGraph } from '@lockstep/core';
import { isNetworkFile, readNetworkFile, readWhole } from './network-file.ts';
import type { TrainOptions } from './options.ts';
import type { Recipe } from './setup.ts';
import type { TrainingState } from './training-state.ts';

/** What became of a file of weights. */
export interface WeightsFacts {
  readonly file: string;
  /** Tensors that were taken. */
  readonly matched: number;
  /** Names of those of the network's head that begin anew, since the file's are for another number of classes. */
  readonly reinitialised: readonly string[];
  /** Names of those that hold integers, which no network here has: `num_batches_tracked`. */
  readonly skipped: readonly string[];
}

/**
 * The state to begin with, where a file is to give it: one of weights, or else the model itself. Undefined where neither is.
 *
 * @throws TrainerError `TRAINER_WEIGHTS` if a file cannot be read; CoreError if it is none or is of another network
 */
export async function startingState(
  { weights, model }: Pick<TrainOptions, 'weights' | 'model'>,
  { graph, seed }: Pick<Recipe, 'graph' | 'seed'>,
): Promise<{ state: TrainingState; facts: WeightsFacts } | undefined> {
  const file = weights ?? (isNetworkFile(model) ? model : undefined);
  if (file === undefined) return undefined;
  const [height, width] = graph.inputs[0]!.shape as [number, number];
  const { state, skipped } = isNetworkFile(file)
    ? { ...(await readNetworkFile(file, [height, width])), skipped: [] }
    : decodeSafetensors(await readWhole(file), file);
  const { state: start, matched, reinitialised } = pretrainedState(resolveGraph(graph), seed, state, file);
  return {
    state: { step: 0, model: start, optimiser: [] },
    facts: { file, matched: matched.length, reinitialised, skipped },
  };
}
