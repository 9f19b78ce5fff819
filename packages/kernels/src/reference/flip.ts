import type { PictureSize } from '../ops/picture-checks.ts';

/** y[row][column] = x[row][width − 1 − column] */
export function flipHorizontal(x: ArrayLike<number>, { width, channels }: PictureSize): number[] {
  return Array.from(x, (_, i) => {
    const column = Math.floor(i / channels) % width;
    return x[i + (width - 1 - 2 * column) * channels]!;
  });
}

/** y[row] = x[height − 1 − row] */
export function flipVertical(x: ArrayLike<number>, { height, width, channels }: PictureSize): number[] {
  const stride = width * channels;
  return Array.from(x, (_, i) => x[(height - 1 - Math.floor(i / stride)) * stride + (i % stride)]!);
}
