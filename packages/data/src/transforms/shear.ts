import { z } from 'zod';
import { checkSameShape, type Image, type ImageShape, newImage } from '../image.ts';
import { affine, type ResamplingOptions, resamplingParameters } from './affine.ts';
import type { AffineMatrix } from './affine-matrix.ts';
import { defineTransform } from './define.ts';
import { drawFrom, symmetricRange } from './range.ts';

/** The line that stays where it is: the edge at the top (shear_x) or left (shear_y), or the middle of the picture. */
export type ShearAbout = 'edge' | 'middle';

export interface ShearOptions extends ResamplingOptions {
  /** Default 'edge', as AugMix, AutoAugment and their kin do. */
  readonly about?: ShearAbout;
}

/**
 * Shifts each row sideways in proportion to its height, with the bytes of Pillow's `transform(size, AFFINE,
 * (1, amount, 0, 0, 1, 0))`; about the middle, (1, amount, −amount·height/2, 0, 1, 0).
 *
 * @param amount pixels to the left for each pixel further down (AugMix: up to 0.3)
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function shearX(
  image: Image,
  amount: number,
  options: ShearOptions = {},
  output: Image = newImage(image),
): Image {
  checkSameShape('shear_x', image, output);
  return affine(image, shearXMatrix(image, amount, options.about), options, output);
}

function shearXMatrix({ height }: ImageShape, amount: number, about?: ShearAbout): AffineMatrix {
  return [1, amount, about === 'middle' ? -(amount * height) / 2 : 0, 0, 1, 0];
}

/**
 * Shifts each column up or down in proportion to its place, with the bytes of Pillow's `transform(size, AFFINE,
 * (1, 0, 0, amount, 1, 0))`; about the middle, (1, 0, 0, amount, 1, −amount·width/2).
 *
 * @param amount pixels upwards for each pixel further right
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function shearY(
  image: Image,
  amount: number,
  options: ShearOptions = {},
  output: Image = newImage(image),
): Image {
  checkSameShape('shear_y', image, output);
  return affine(image, shearYMatrix(image, amount, options.about), options, output);
}

function shearYMatrix({ width }: ImageShape, amount: number, about?: ShearAbout): AffineMatrix {
  return [1, 0, 0, amount, 1, about === 'middle' ? -(amount * width) / 2 : 0];
}

const parameters = z.strictObject({
  amount: symmetricRange(),
  about: z.enum(['edge', 'middle']).default('edge'),
  ...resamplingParameters,
});
const sampled = z.strictObject({ amount: z.number() });

/** `{ op: 'shear_x', amount: 0.3 }`: an amount uniform in [−0.3, 0.3); `amount: [min, max]` likewise. */
export const shearXTransform = defineTransform({
  name: 'shear_x',
  parameters,
  sampled,
  sample: ({ amount }, generator) => ({ amount: drawFrom(amount, generator) }),
  apply: (image, { amount }, output, options) => {
    shearX(image, amount, options, output);
  },
  geometry: (shape, { amount }, { about }) => [...shearXMatrix(shape, amount, about), 0, 0],
});

/** `{ op: 'shear_y', amount: 0.3 }`: an amount uniform in [−0.3, 0.3); `amount: [min, max]` likewise. */
export const shearYTransform = defineTransform({
  name: 'shear_y',
  parameters,
  sampled,
  sample: ({ amount }, generator) => ({ amount: drawFrom(amount, generator) }),
  apply: (image, { amount }, output, options) => {
    shearY(image, amount, options, output);
  },
  geometry: (shape, { amount }, { about }) => [...shearYMatrix(shape, amount, about), 0, 0],
});
