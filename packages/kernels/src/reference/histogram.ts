/** How many pixels have each value: [channels][256] */
export function histogram(x: ArrayLike<number>, channels: number): number[] {
  const counts = new Array<number>(256 * channels).fill(0);
  Array.from(x).forEach((value, i) => {
    counts[256 * (i % channels) + value]!++;
  });
  return counts;
}
