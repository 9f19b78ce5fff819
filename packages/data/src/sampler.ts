import { Generator, type Range } from '@lockstep/core';
import { shuffle } from './split.ts';

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
