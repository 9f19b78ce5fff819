import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tinySize } from '../../packages/cli/src/testing/tiny-data.ts';
import {
  CoreError,
  countParameters,
  createModel,
  encodeSafetensors,
  type Generator,
  initialState,
  modelNames,
  optimiserNames,
  resolveGraph,
  stateLayout,
} from '../../packages/core/src/index.ts';
import type { TrainOptionsInput } from '../../packages/trainer/src/options.ts';
import { shardsAndWorkers } from '../../packages/trainer/src/shards-and-workers.ts';

/** A small run of random options; and how many workers it can have at most. */
export interface Configuration {
  readonly options: TrainOptionsInput;
  readonly mostWorkers: number;
}

export const pick = <T>(random: Generator, values: readonly T[]): T => values[random.integer(values.length)]!;
export const chance = (random: Generator, probability: number): boolean => random.uniform() < probability;

/** More weights than this take too long. */
const mostWeights = 300_000;

/** The models that take the pictures, and are small. */
const models = modelNames().filter((name) => {
  try {
    const graph = createModel(name, { inputShape: [tinySize, tinySize, 1], classes: 3 });
    return countParameters(stateLayout(resolveGraph(graph))) <= mostWeights;
  } catch (error) {
    if (error instanceof CoreError) return false;
    throw error;
  }
});

/**
 * @param data a folder of tiny pictures
 * @param folder where what the run begins with can be written
 */
export function randomConfiguration(random: Generator, data: string, folder: string): Configuration {
  const batch = 5 + random.integer(40);
  const accumulate = chance(random, 0.3) ? 2 + random.integer(2) : 1;
  const ghost = chance(random, 0.3) ? 2 + random.integer(batch - 1) : undefined;
  const groups = Math.ceil((batch * accumulate) / (ghost ?? 1));
  const split = {
    batch,
    accumulate,
    batchNorm: ghost === undefined ? 'sync' : `ghost:${ghost}`,
    shards: chance(random, 0.5)
      ? ('auto' as const)
      : Math.max(accumulate, Math.min(ghost === undefined ? 17 : groups, 1 + random.integer(17))),
  };
  const optimizer = pick(random, optimiserNames);
  const model = pick(random, models);
  const options: TrainOptionsInput = {
    ...split,
    data,
    model,
    ...transfer(random, model, folder),
    ...(chance(random, 0.4) ? { validation: pick(random, [0.1, 0.25]) } : {}),
    epochs: 2 + random.integer(4),
    limitTrain: 40 + random.integer(111),
    optimizer,
    ...(optimizer === 'sgd' ? { lr: 0.02 } : {}),
    ...(chance(random, 0.3) ? { clipNorm: 1 } : {}),
    ...(chance(random, 0.3) ? { patience: 1 } : {}),
    augment: pick(random, ['none', 'light']),
    seed: random.integer(1000),
    kernels: chance(random, 0.2) ? 'strict' : 'default',
    checkpointSeconds: 0,
    keepCheckpoints: 2 + random.integer(3),
  };
  return { options, mostWorkers: Math.min(4, shardsAndWorkers({ ...split, workers: 1 }).shards) };
}

/** Parameters that are frozen, or have a learning rate of their own; and weights for other classes, whose head is trained first. */
function transfer(random: Generator, model: string, folder: string): Partial<TrainOptionsInput> {
  const layout = stateLayout(resolveGraph(createModel(model, { inputShape: [tinySize, tinySize, 1], classes: 3 })));
  const names = layout.parameters.map(({ name }) => name);
  /** All parameters of a layer or block in the first half of the network. */
  const pattern = () => pick(random, names.slice(0, names.length >> 1)).replace(/[^.]*$/, '*');
  const freeze = pattern();
  const isFrozen = (name: string): boolean => name.startsWith(freeze.slice(0, -1));
  const weights = join(folder, 'weights.safetensors');
  const fromWeights = chance(random, 0.3);
  if (fromWeights) writeFileSync(weights, encodeSafetensors(initialState(layout, random.integer(1000))));
  return {
    ...(chance(random, 0.3) && !names.every(isFrozen) && !isFrozen(names.at(-1)!) ? { freeze: [freeze] } : {}),
    ...(chance(random, 0.3) ? { lrMultiplier: [`${pattern()}=${pick(random, [0, 0.1, 2])}`] } : {}),
    ...(fromWeights ? { weights, classes: 5, headWarmUp: random.uniform(0.1, 1.5) } : {}),
  };
}
