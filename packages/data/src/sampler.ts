import { Generator, type Range } from '@lockstep/core';
import { indicesByClass, shuffle } from './split.ts';

/** How an epoch goes through the samples: {@link epochOrder} or {@link balancedOrder}. */
export const samplers = ['shuffled', 'balanced'] as const;
export type Sampler = (typeof samplers)[number];

/** Which shuffle: every epoch of every seed has its own. */
export interface EpochOrderOptions {
  /** Number of samples, in 0..2³² − 1. */
  readonly length: number;
  /** Seed of the run, in 0..2³² − 1. */
  readonly seed: number;
  /** From 0. */
  readonly epoch: number;
}

/**
 * The order in which an epoch goes through the samples: a permutation of 0..length − 1, each as likely (Fisher and Yates;
 * Durstenfeld, 1964), a function of seed and epoch alone.
 *
 * @throws RangeError where one of the options is no integer in its range
 */
export function epochOrder({ length, seed, epoch }: EpochOrderOptions): Uint32Array<ArrayBuffer> {
  const generator = new Generator({ seed, purpose: 'order', epoch });
  const order = Uint32Array.from({ length: checkCount('length', length, 0) }, (_, i) => i);
  shuffle(order, generator);
  return order;
}

/** Which balanced shuffle. */
export interface BalancedOrderOptions extends Omit<EpochOrderOptions, 'length'> {
  /** Class of each sample: integers from 0. */
  readonly labels: ArrayLike<number>;
  /** How many samples an epoch has. Default: as many as there are labels. */
  readonly length?: number | undefined;
}

/**
 * An epoch in which every class comes equally often, or once more where the length does not divide: samples of small classes
 * come several times, some of large ones not at all. No sample comes again before all of its class have come. A function of
 * the options alone, so the same for every worker.
 *
 * @returns indices of samples
 * @throws RangeError where one of the options is no integer in its range, or there is no label
 */
export function balancedOrder({ labels, seed, epoch, length = labels.length }: BalancedOrderOptions) {
  checkCount('the number of labels', labels.length, 1);
  const order = new Uint32Array(checkCount('length', length, 0));
  const classes = [...indicesByClass(labels).entries()].filter(([, indices]) => indices.length > 0);
  // Which of them come once more is a matter of chance, else it would be the same in each epoch.
  const ranks = classes.map((_, rank) => rank);
  shuffle(ranks, new Generator({ seed, purpose: 'order', epoch, layer: 1, position: 0 }));
  let to = 0;
  for (const [rank, at] of ranks.entries()) {
    const [label, indices] = classes[at]!;
    const count = Math.floor(length / classes.length) + (rank < length % classes.length ? 1 : 0);
    const generator = new Generator({ seed, purpose: 'order', epoch, layer: 2, position: label });
    for (let i = 0; i < count; i++) {
      if (i % indices.length === 0) shuffle(indices, generator);
      order[to++] = indices[i % indices.length]!;
    }
  }
  shuffle(order, new Generator({ seed, purpose: 'order', epoch, layer: 3 }));
  return order;
}

/**
 * Cuts positions 0..length − 1 of an epoch into batches; the last one is shorter where they don't divide evenly.
 *
 * @throws RangeError where `length` or `batch` is no integer in its range
 */
export function batchRanges(length: number, batch: number): Range[] {
  checkCount('length', length, 0);
  checkCount('batch', batch, 1);
  return Array.from({ length: Math.ceil(length / batch) }, (_, i) => ({
    begin: i * batch,
    end: Math.min(length, (i + 1) * batch),
  }));
}

function checkCount(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= 0xffffffff) return value;
  throw new RangeError(`sampler: expected ${name} to be an integer in ${least}..2^32 - 1, got ${value}`);
}
