/** clamp(⌊(x·factor + offset)/2¹⁶⌋) of x [pixels][channels], with a line [factor, offset] a channel */
export function scaleBytes(x: ArrayLike<number>, lines: readonly (readonly [number, number])[]): number[] {
  return Array.from(x, (value, i) => {
    const [factor, offset] = lines[i % lines.length]!;
    return Math.min(255, Math.max(0, Math.floor((value * factor + offset) / 65536)));
  });
}
