import { z } from 'zod';
import { checkSameShape, createImage, type Image } from '../image.ts';
import { affine, type ResamplingOptions, resamplingParameters } from './affine.ts';
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
  output: Image = createImage(image),
): Image {
  checkSameShape('shear_x', image, output);
  const offset = options.about === 'middle' ? -(amount * image.height) / 2 : 0;
  return affine(image, [1, amount, offset, 0, 1, 0], options, output);
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
  output: Image = createImage(image),
): Image {
  checkSameShape('shear_y', image, output);
  const offset = options.about === 'middle' ? -(amount * image.width) / 2 : 0;
  return affine(image, [1, 0, 0, amount, 1, offset], options, output);
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
});
