import type { PictureSize } from '../ops/picture-checks.ts';

const clamped = (sum: number): number => Math.min(255, Math.max(0, Math.floor((sum + 2 ** 21) / 2 ** 22)));

/** y[row][i] = Σ weights[i][n]·x[row][bounds[i][0] + n] over n < bounds[i][1], in 22-bit fixed point */
export function resizeRows(
  x: ArrayLike<number>,
  { height, width, channels }: PictureSize,
  bounds: ArrayLike<number>,
  weights: ArrayLike<number>,
): number[] {
  const outputWidth = bounds.length / 2;
  const taps = weights.length / outputWidth;
  return Array.from({ length: height * outputWidth * channels }, (_, at) => {
    const i = Math.floor(at / channels) % outputWidth;
    const row = Math.floor(at / channels / outputWidth);
    let sum = 0;
    for (let n = 0; n < bounds[2 * i + 1]!; n++) {
      sum += weights[taps * i + n]! * x[(row * width + bounds[2 * i]! + n) * channels + (at % channels)]!;
    }
    return clamped(sum);
  });
}

/** y[i][…] = Σ weights[i][n]·x[bounds[i][0] + n][…], where a row is `length` bytes */
export function resizeColumns(
  x: ArrayLike<number>,
  length: number,
  bounds: ArrayLike<number>,
  weights: ArrayLike<number>,
): number[] {
  const outputHeight = bounds.length / 2;
  const taps = weights.length / outputHeight;
  return Array.from({ length: outputHeight * length }, (_, at) => {
    const i = Math.floor(at / length);
    let sum = 0;
    for (let n = 0; n < bounds[2 * i + 1]!; n++) {
      sum += weights[taps * i + n]! * x[(bounds[2 * i]! + n) * length + (at % length)]!;
    }
    return clamped(sum);
  });
}
