/** `bytes` of each of `rows` rows of x, the first at `begin`, the others `stride` apart, one after the other */
export function copyRows(x: ArrayLike<number>, begin: number, stride: number, rows: number, bytes: number): number[] {
  return Array.from({ length: rows * bytes }, (_, i) => x[begin + Math.floor(i / bytes) * stride + (i % bytes)]!);
}
