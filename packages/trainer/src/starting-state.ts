import { decodeSafetensors, pretrainedState, resolveGraph, type StateDict } from '@lockstep/core';
import { TrainerError } from './errors.ts';
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

/** What a training begins with, and where it is from. */
export interface StartingState {
  readonly state: TrainingState;
  readonly facts: WeightsFacts;
}

/**
 * The state to begin with, where a file is to give it: one of weights, or else the model itself. Undefined where neither is.
 *
 * @param own what the model's file has
 * @throws TrainerError `TRAINER_WEIGHTS` if a file cannot be read or has none; CoreError if it is none or is of another network
 */
export async function startingState(
  { weights, model }: Pick<TrainOptions, 'weights' | 'model'>,
  { graph, seed }: Pick<Recipe, 'graph' | 'seed'>,
  own?: StateDict,
): Promise<StartingState | undefined> {
  if (weights === undefined && own === undefined) return undefined;
  const [height, width] = graph.inputs[0]!.shape as [number, number];
  const file = weights ?? model;
  const { state, skipped } =
    weights === undefined ? { state: own!, skipped: [] } : await readWeights(weights, [height, width]);
  const { state: start, matched, reinitialised } = pretrainedState(resolveGraph(graph), seed, state, file);
  return {
    state: { step: 0, model: start, optimiser: [] },
    facts: { file, matched: matched.length, reinitialised, skipped },
  };
}

async function readWeights(
  file: string,
  size: readonly [height: number, width: number],
): Promise<{ state: StateDict; skipped: readonly string[] }> {
  if (!isNetworkFile(file)) return decodeSafetensors(await readWhole(file), file);
  const { state } = await readNetworkFile(file, size, '--weights');
  if (state) return { state, skipped: [] };
  throw new TrainerError('TRAINER_WEIGHTS', `${file} describes a network and has no weights: name it with --model`);
}
