/** The unit roundoff of float32. */
export const roundoff = 2 ** -24;

/**
 * Fails unless each value is within its bound of what is expected; where that is not finite, or a bound is 0, it must be that
 * very value. Reports the worst.
 */
export function expectClose(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: number | ((index: number) => number),
): void {
  if (got.length !== expected.length) throw new Error(`${what}: ${got.length} values, expected ${expected.length}`);
  let worst = -1;
  let worstExcess = 0;
  for (let i = 0; i < expected.length; i++) {
    const [value, target] = [got[i]!, expected[i]!];
    if (value === target || (Number.isNaN(value) && Number.isNaN(target))) continue;
    const allowed = typeof bound === 'number' ? bound : bound(i);
    const excess = Math.abs(value - target) - allowed;
    if (excess <= 0) continue;
    if (worst < 0 || !(excess <= worstExcess)) [worst, worstExcess] = [i, excess];
  }
  if (worst < 0) return;
  const allowed = typeof bound === 'number' ? bound : bound(worst);
  throw new Error(`${what}: element ${worst} is ${got[worst]}, expected ${expected[worst]} within ${allowed}`);
}

/**
 * A bound for sums of `terms` products in float32: each operation rounds once, so that the error is at most (terms + 2)
 * roundoffs of Σ |product|, which the caller has from the reference on absolute values (Higham, Accuracy and Stability, §3.1).
 */
export function sumBound(terms: number, magnitudes: ArrayLike<number>): (index: number) => number {
  return (i) => (terms + 2) * roundoff * magnitudes[i]! + 1e-44;
}

/**
 * dL/dx of a scalar function by central differences, in double precision. Exact but for rounding where L is linear or
 * quadratic in each x.
 */
export function centralDifferences(
  x: readonly number[],
  loss: (x: readonly number[]) => number,
  step: number,
): number[] {
  return x.map((value, i) => {
    const up = loss(x.with(i, value + step));
    const down = loss(x.with(i, value - step));
    return (up - down) / (2 * step);
  });
}

/** Σ a·b: a loss whose gradient with respect to `a` is `b`. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
