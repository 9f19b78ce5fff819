/** [lowest, highest] of each channel of x [pixels][channels] */
export function byteExtremes(x: ArrayLike<number>, channels: number): number[] {
  return Array.from({ length: channels }, (_, channel) => {
    const values = Array.from(x).filter((_value, i) => i % channels === channel);
    return [Math.min(...values), Math.max(...values)];
  }).flat();
}
