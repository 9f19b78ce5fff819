/** y = tables[channel][x]; x [pixels][channels], tables [channels][256] */
export function normalise(x: ArrayLike<number>, tables: ArrayLike<number>, channels: number): number[] {
  return Array.from(x, (value, i) => tables[256 * (i % channels) + value]!);
}
