import { Generator } from '../random/generator.ts';

/** What tests draw their cases with: always the same ones for a seed. */
export interface Draws {
  /** An integer in [low, high]. */
  integer(low: number, high: number): number;
  pair(low: number, high: number): [number, number];
  /** A number in [low, high). */
  uniform(low: number, high: number): number;
  pick<T>(values: readonly T[]): T;
}

export function drawsOf(seed: number): Draws {
  const random = new Generator({ seed, purpose: 'split' });
  const integer = (low: number, high: number): number => low + random.integer(high - low + 1);
  return {
    integer,
    pair: (low, high) => [integer(low, high), integer(low, high)],
    uniform: (low, high) => random.uniform(low, high),
    pick: (values) => values[integer(0, values.length - 1)]!,
  };
}
