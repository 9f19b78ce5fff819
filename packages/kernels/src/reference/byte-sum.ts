/** Σ x */
export function byteSum(x: ArrayLike<number>): number {
  return Array.from(x).reduce((sum, value) => sum + value, 0);
}
