/** The first `columns` of each row of x[rows][stride], from column `first` on. */
export function copyColumns(x: ArrayLike<number>, stride: number, first: number, columns: number): number[] {
  return Array.from(x).filter((_, i) => i % stride >= first && i % stride < first + columns);
}
