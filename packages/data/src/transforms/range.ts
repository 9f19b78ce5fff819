import type { Generator } from '@lockstep/core';
import { z } from 'zod';

/** Lowest and highest value of something that is drawn. */
export type DrawRange = readonly [min: number, max: number];

/**
 * Schema of a range: a number m stands for [−m, m], as in torchvision's `RandomRotation`; else [min, max].
 */
export function symmetricRange() {
  return z.union([
    z
      .number()
      .nonnegative()
      // 0 − m, since the negative of 0 would be −0, which JSON does not keep.
      .transform((max): [number, number] => [0 - max, max]),
    z
      .tuple([z.number(), z.number()])
      .refine(([min, max]) => min <= max, { error: 'expected [min, max] with min not above max' }),
  ]);
}

/** A number uniform in [min, max). */
export function drawFrom([min, max]: DrawRange, generator: Generator): number {
  return generator.uniform(min, max);
}

/** An integer uniform in [⌈min⌉, ⌊max⌋], both included. */
export function drawIntegerFrom([min, max]: DrawRange, generator: Generator): number {
  const first = Math.ceil(min);
  return first + generator.integer(Math.max(1, Math.floor(max) - first + 1));
}

/** Schema of a range within [low, high]: a number m stands for [m, m], which is always m. */
export function range(low: number, high: number) {
  return rangeOf(z.number().min(low).max(high));
}

/** The same of integers, for {@link drawIntegerFrom}. */
export function integerRange(low: number, high: number) {
  return rangeOf(z.int().min(low).max(high));
}

/** Schema of a probability. */
export function probability() {
  return z.number().min(0).max(1);
}

function rangeOf(value: z.ZodType<number, number>) {
  return z.union([
    value.transform((single): [number, number] => [single, single]),
    z.tuple([value, value]).refine(([min, max]) => min <= max, { error: 'expected [min, max] with min not above max' }),
  ]);
}

/** Schema of [min, max], both of a kind. */
export function orderedPair(value: z.ZodType<number, number>) {
  return z
    .tuple([value, value])
    .refine(([min, max]) => min <= max, { error: 'expected [min, max] with min not above max' });
}
