import type { Normalisation } from '../reference/segments.ts';
import { roundoff } from './expect-close.ts';

/**
 * How far float32 may miss a normalisation: the mean and x are rounded, which is `size`·inverse roundoffs of x̂, and each of the
 * few operations that follow rounds once.
 *
 * @param of the segment of an element: its place in `inverse`
 */
export function normBounds(
  { inverse }: Normalisation,
  of: (index: number) => number,
  { x, dy, weight, bias }: Record<'x' | 'dy' | 'weight' | 'bias', ArrayLike<number>>,
): Record<'y' | 'dx' | 'dweight' | 'dbias', (index: number) => number> {
  const largest = (values: ArrayLike<number>) => Math.max(0, ...Array.from(values, Math.abs));
  const [size, gradient, factor, offset] = [largest(x), largest(dy), largest(weight), largest(bias)];
  const count = x.length / weight.length;
  return {
    y: (i) => 4 * roundoff * (size * inverse[of(i)]! * factor + offset),
    dx: (i) => 8 * roundoff * inverse[of(i)]! * gradient * factor * (1 + size * inverse[of(i)]!) ** 2,
    dweight: () => 4 * roundoff * count * gradient * size * largest(inverse),
    dbias: () => roundoff * count * gradient,
  };
}
