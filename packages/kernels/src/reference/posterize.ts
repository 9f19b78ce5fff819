/** x without its 8 − bits lowest bits; x [pixels][channels], whose fourth channel stays */
export function posterize(x: ArrayLike<number>, channels: number, bits: number): number[] {
  const step = 2 ** (8 - bits);
  return Array.from(x, (value, i) => (i % channels === 3 ? value : Math.floor(value / step) * step));
}
