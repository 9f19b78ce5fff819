/** (19595 R + 38470 G + 7471 B + 2¹⁵) >> 16 of each pixel of x [pixels][channels] */
export function grey(x: ArrayLike<number>, channels: number): number[] {
  return Array.from({ length: x.length / channels }, (_, pixel) => {
    const at = pixel * channels;
    return Math.floor((19595 * x[at]! + 38470 * x[at + 1]! + 7471 * x[at + 2]! + 2 ** 15) / 2 ** 16);
  });
}

/** The grey in the first three channels, the fourth as it is */
export function desaturate(x: ArrayLike<number>, channels: number): number[] {
  const greys = grey(x, channels);
  return Array.from(x, (value, i) => (i % channels === 3 ? value : greys[Math.floor(i / channels)]!));
}
