import { roundoff } from './expect-close.ts';

/** A value in double precision, and by how much float32 may miss it. */
export interface Bounded {
  readonly value: number;
  readonly error: number;
}

/**
 * The bounds of updates, worked out along with the reference: each operation takes what its operands may be off by, and rounds
 * twice at most (once itself, once a coefficient).
 */
export const exact = (value: number): Bounded => ({ value, error: 0 });

const rounded = (value: number, error: number): Bounded => ({
  value,
  // Below 2^-126 floats are spaced by 2^-149.
  error: error + 2 * roundoff * (Math.abs(value) + error) + 2 ** -148,
});

export const sum = (a: Bounded, b: Bounded): Bounded => rounded(a.value + b.value, a.error + b.error);

export const product = (a: Bounded, b: Bounded): Bounded =>
  rounded(a.value * b.value, Math.abs(a.value) * b.error + Math.abs(b.value) * a.error + a.error * b.error);

/** a/b for a positive b; as good as unbounded where b may be 0. */
export function quotient(a: Bounded, b: Bounded): Bounded {
  const least = b.value - b.error;
  if (least <= 0) return { value: a.value / b.value, error: 1e30 };
  return rounded(a.value / b.value, (a.error + (Math.abs(a.value) * b.error) / b.value) / least);
}

/** √a for an `a` of at least 0. */
export function root(a: Bounded): Bounded {
  const value = Math.sqrt(a.value);
  return rounded(
    value,
    Math.max(value - Math.sqrt(Math.max(0, a.value - a.error)), Math.sqrt(a.value + a.error) - value),
  );
}

/** gradient/samples + weightDecay·p */
export const averaged = (gradient: number, samples: number, weightDecay: number, p: number): Bounded =>
  sum(rounded(gradient / samples, 0), product(exact(weightDecay), exact(p)));

/** keep·average + (1 − keep)·x */
export const blended = (keep: number, average: number, x: Bounded): Bounded =>
  sum(product(exact(keep), exact(average)), product(exact(1 - keep), x));
