import { type Generator, modelNames, optimiserNames } from '../../packages/core/src/index.ts';
import { defaultShards, type TrainOptionsInput } from '../../packages/trainer/src/options.ts';

/** A small run of random options; and how many workers it can have at most. */
export interface Configuration {
  readonly options: TrainOptionsInput;
  readonly mostWorkers: number;
}

export const pick = <T>(random: Generator, values: readonly T[]): T => values[random.integer(values.length)]!;
export const chance = (random: Generator, probability: number): boolean => random.uniform() < probability;

/** @param data a folder of pictures that are too small for LeNet */
export function randomConfiguration(random: Generator, data: string): Configuration {
  const batch = 5 + random.integer(40);
  const shards = chance(random, 0.5) ? ('auto' as const) : 1 + random.integer(17);
  const optimizer = pick(random, optimiserNames);
  const options: TrainOptionsInput = {
    data,
    model: pick(
      random,
      modelNames().filter((name) => name !== 'lenet5'),
    ),
    epochs: 2 + random.integer(4),
    limitTrain: 40 + random.integer(111),
    batch,
    shards,
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
  return { options, mostWorkers: Math.min(4, shards === 'auto' ? defaultShards(batch) : shards) };
}
