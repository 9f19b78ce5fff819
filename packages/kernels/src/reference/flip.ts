import type { PictureSize } from '../ops/picture-checks.ts';

/** y[row][column] = x[row][width − 1 − column] */
export function flipHorizontal(x: ArrayLike<number>, { width, channels }: PictureSize): number[] {
  return Array.from(x, (_, i) => {
    const column = Math.floor(i / channels) % width;
    return x[i + (width - 1 - 2 * column) * channels]!;
  });
}
