import type { PictureSize } from '../ops/picture-checks.ts';
import { type AffineCoefficients, affineSteps, type PerspectiveCoefficients } from '../ops/resample.ts';

// Where the source of a pixel is outside the picture, `fill` (a value for each output byte) stays.

/** Pillow's bilinear filter in double precision: x [height][width][channels] along an affine or perspective map */
export function resampleBilinear(
  x: ArrayLike<number>,
  { height, width, channels }: PictureSize,
  matrix: AffineCoefficients | PerspectiveCoefficients,
  fill: ArrayLike<number>,
  outputWidth: number,
): number[] {
  return Array.from(fill, (outside, i) => {
    const [sourceX, sourceY] = source(matrix, Math.floor(i / channels), outputWidth);
    if (!(sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height)) return outside;
    const left = Math.floor(sourceX - 0.5);
    const top = Math.floor(sourceY - 0.5);
    const at = (row: number, column: number): number => {
      const inRow = Math.min(Math.max(row, 0), height - 1) * width;
      return x[(inRow + Math.min(Math.max(column, 0), width - 1)) * channels + (i % channels)]!;
    };
    const dx = sourceX - 0.5 - left;
    const along = (row: number): number => at(row, left) + (at(row, left + 1) - at(row, left)) * dx;
    return Math.trunc(along(top) + (along(top + 1) - along(top)) * (sourceY - 0.5 - top));
  });
}

/** The nearest pixel along a perspective map */
export function perspectiveNearest(
  x: ArrayLike<number>,
  { height, width, channels }: PictureSize,
  matrix: PerspectiveCoefficients,
  fill: ArrayLike<number>,
  outputWidth: number,
): number[] {
  return Array.from(fill, (outside, i) => {
    const [sourceX, sourceY] = source(matrix, Math.floor(i / channels), outputWidth);
    if (!(sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height)) return outside;
    return x[(Math.trunc(sourceY) * width + Math.trunc(sourceX)) * channels + (i % channels)]!;
  });
}

/** The nearest pixel along an affine map, by the steps that Pillow takes */
export function affineNearest(
  x: ArrayLike<number>,
  { height, width, channels }: PictureSize,
  matrix: AffineCoefficients,
  fill: ArrayLike<number>,
  outputSize: PictureSize,
): number[] {
  const { fixed, steps } = affineSteps(matrix, outputSize);
  const [startX, startY, columnX, columnY, rowX, rowY] = steps as [number, number, number, number, number, number];
  const added = (start: number, step: number, count: number): number => {
    let sum = start;
    for (let n = 0; n < count; n++) sum = fixed ? (sum + step) | 0 : sum + step;
    return sum;
  };
  return Array.from(fill, (outside, i) => {
    const row = Math.floor(i / channels / outputSize.width);
    const column = Math.floor(i / channels) % outputSize.width;
    let sourceX = added(added(startX, rowX, row), columnX, column);
    let sourceY = added(added(startY, rowY, row), columnY, column);
    if (fixed) [sourceX, sourceY] = [sourceX >> 16, sourceY >> 16];
    if (!(sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height)) return outside;
    return x[(Math.trunc(sourceY) * width + Math.trunc(sourceX)) * channels + (i % channels)]!;
  });
}

function source(
  [a, b, c, d, e, f, g = 0, h = 0]: readonly number[],
  pixel: number,
  outputWidth: number,
): readonly [x: number, y: number] {
  const x = (pixel % outputWidth) + 0.5;
  const y = Math.floor(pixel / outputWidth) + 0.5;
  const divisor = g * x + h * y + 1;
  return [(a! * x + b! * y + c!) / divisor, (d! * x + e! * y + f!) / divisor];
}
