import { z } from 'zod';
import { TransformError } from '../errors.ts';
import { checkImages, createImage, type Image } from '../image.ts';
import { affineBilinear } from './affine-bilinear.ts';
import type { AffineMatrix } from './affine-matrix.ts';
import { affineNearest } from './affine-nearest.ts';
import { type Fill, fillSchema, paint } from './fill.ts';

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
 * @throws TransformError `TRANSFORM_IMAGE` where the pictures do not go together or the matrix is not of finite numbers,
 *   and for bilinear resampling of pictures with transparency (2 or 4 channels)
 */
export function affine(
  image: Image,
  matrix: AffineMatrix,
  { resample = 'bilinear', fill = 0 }: ResamplingOptions = {},
  output: Image = createImage(image),
): Image {
  checkImages('affine', image, output);
  for (const entry of matrix) {
    if (!Number.isFinite(entry)) {
      throw new TransformError('TRANSFORM_IMAGE', `affine: expected a matrix of finite numbers, got [${matrix}]`);
    }
  }
  checkTransparency('affine', image, resample);
  paint(output, fill);
  if (resample === 'nearest') affineNearest(image, matrix, output);
  else affineBilinear(image, matrix, output);
  return output;
}

/**
 * Refuses bilinear resampling of 2 and 4 channels: Pillow multiplies such pictures with their transparency first, so that
 * treating it as one more channel would give other bytes.
 *
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function checkTransparency(operation: string, { channels }: Image, resample: Resample): void {
  if (resample === 'nearest' || (channels !== 2 && channels !== 4)) return;
  throw new TransformError(
    'TRANSFORM_IMAGE',
    `${operation}: expected 1 or 3 channels for bilinear resampling, got ${channels}; ` +
      "flatten the transparency first, or use resample 'nearest'",
  );
}
