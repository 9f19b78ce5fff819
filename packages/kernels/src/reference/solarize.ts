// x [pixels][channels]; the fourth channel stays.

/** x < threshold ? x : 255 − x */
export function solarize(x: ArrayLike<number>, channels: number, threshold: number): number[] {
  return Array.from(x, (value, i) => (i % channels === 3 || value < threshold ? value : 255 - value));
}

/** x < threshold ? min(x + addition, 255) : x */
export function solarizeAdd(x: ArrayLike<number>, channels: number, threshold: number, addition: number): number[] {
  return Array.from(x, (value, i) =>
    i % channels === 3 || value >= threshold ? value : Math.min(value + addition, 255),
  );
}
