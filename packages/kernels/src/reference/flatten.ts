// x [images][pixels][channels], y [images][channels][pixels].

/** y[n][c][p] = x[n][p][c] */
export function transposePlanes(x: ArrayLike<number>, images: number, pixels: number, channels: number): number[] {
  const y: number[] = [];
  for (let n = 0; n < images; n++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < pixels; p++) y.push(x[(n * pixels + p) * channels + c]!);
    }
  }
  return y;
}
