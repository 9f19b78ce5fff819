import { affineBilinear, affineNearest, resampleScratchBytes } from '@lockstep/kernels';
import { z } from 'zod';
import { TransformError } from '../errors.ts';
import { checkImages, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import type { AffineMatrix } from './affine-matrix.ts';
import { crop } from './crop.ts';
import { type Fill, fillSchema, paint } from './fill.ts';
import { premultiplied, unmultiply } from './opacity.ts';

/** How pixels are read between pixels: the mean of four weighted by distance, or the nearest one. */
export type Resample = 'bilinear' | 'nearest';

/** Schema of what all geometric transforms can be told. */
export const resamplingParameters = {
  resample: z.enum(['bilinear', 'nearest']).default('bilinear'),
  fill: fillSchema.default(0),
};

export interface ResamplingOptions {
  /** Default 'bilinear'. */
  readonly resample?: Resample;
  /** What lies outside the picture: one value in 0..255 for all channels, or one a channel. Default 0, black. */
  readonly fill?: Fill;
}

/**
 * Resamples a picture along an affine map, with the bytes of Pillow 9.4's `Image.transform(size, AFFINE, matrix,
 * resample, fillcolor=fill)` on x86-64.
 *
 * @param output takes the result; its height and width are the size of the result, its memory must be its own
 * @returns `output`, by default a new picture of the shape of `image`
 * @throws TransformError `TRANSFORM_IMAGE` where the pictures do not go together or the matrix is not of finite numbers
 */
export function affine(
  image: Image,
  matrix: AffineMatrix,
  { resample = 'bilinear', fill = 0 }: ResamplingOptions = {},
  output: Image = newImage(image),
): Image {
  checkImages('affine', image, output);
  checkFinite('affine', matrix);
  const bilinear = resample === 'bilinear';
  if (isShift(matrix) && !(bilinear && image.channels === 4))
    return crop(image, matrix[5], matrix[2], output, { fill });
  // Between opaque and transparent pixels the colour of the opaque ones counts: Pillow multiplies with the opacity first.
  const input = bilinear ? premultiplied(image) : image;
  const kernel = bilinear ? affineBilinear : affineNearest;
  runKernel(input, output, resampleScratchBytes, (k, x, y, scratch) => {
    paint({ ...output, data: k.u8.subarray(y, y + output.data.length) }, fill);
    kernel(k, { x, y, scratch }, input, output, matrix);
  });
  if (bilinear) unmultiply(output);
  return output;
}

/**
 * A shift by whole pixels is a copy, whichever the resampling: the interpolation weights are 0 and 1. But not where colours
 * are multiplied with their opacity in between, which rounds.
 */
function isShift([a, b, c, d, e, f]: AffineMatrix): boolean {
  return a === 1 && b === 0 && d === 0 && e === 1 && Number.isSafeInteger(c) && Number.isSafeInteger(f);
}

/**
 * Refuses coefficients that are not finite numbers.
 *
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function checkFinite(operation: string, matrix: readonly number[]): void {
  if (matrix.every(Number.isFinite)) return;
  throw new TransformError('TRANSFORM_IMAGE', `${operation}: expected a matrix of finite numbers, got [${matrix}]`);
}
