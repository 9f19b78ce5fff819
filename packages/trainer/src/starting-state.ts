import { readFile } from 'node:fs/promises';
import { decodeSafetensors, pretrainedState, resolveGraph } from '@lockstep/core';
import { TrainerError } from './errors.ts';
import type { TrainingState } from './replica-set.ts';
import type { Recipe } from './setup.ts';

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
 * The state to begin with, where a safetensors file is to give it.
 *
 * @throws TrainerError `TRAINER_WEIGHTS` if the file cannot be read; CoreError if it is none or is of another network
 */
export async function startingState(
  file: string,
  { graph, seed }: Pick<Recipe, 'graph' | 'seed'>,
): Promise<{ state: TrainingState; facts: WeightsFacts }> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new TrainerError(
      'TRAINER_WEIGHTS',
      `cannot read the weights ${file}: ${cause instanceof Error ? cause.message : cause}; expected a safetensors file`,
      { cause },
    );
  }
  const { state, skipped } = decodeSafetensors(bytes, file);
  const { state: model, matched, reinitialised } = pretrainedState(resolveGraph(graph), seed, state, file);
  return {
    state: { step: 0, model, optimiser: [] },
    facts: { file, matched: matched.length, reinitialised, skipped },
  };
}
