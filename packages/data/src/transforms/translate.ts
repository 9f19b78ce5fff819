import { z } from 'zod';
import { checkSameShape, type Image, newImage } from '../image.ts';
import { affine, type ResamplingOptions, resamplingParameters } from './affine.ts';
import { defineTransform } from './define.ts';
import { drawFrom, drawIntegerFrom, symmetricRange } from './range.ts';

/**
 * Moves a picture sideways, with the bytes of Pillow's `transform(size, AFFINE, (1, 0, pixels, 0, 1, 0))`.
 *
 * @param pixels to the left, as in Pillow's matrix; a fraction resamples
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function translateX(
  image: Image,
  pixels: number,
  options: ResamplingOptions = {},
  output: Image = newImage(image),
): Image {
  checkSameShape('translate_x', image, output);
  return affine(image, [1, 0, pixels, 0, 1, 0], options, output);
}

/**
 * Moves a picture up or down, with the bytes of Pillow's `transform(size, AFFINE, (1, 0, 0, 0, 1, pixels))`.
 *
 * @param pixels upwards, as in Pillow's matrix; a fraction resamples
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function translateY(
  image: Image,
  pixels: number,
  options: ResamplingOptions = {},
  output: Image = newImage(image),
): Image {
  checkSameShape('translate_y', image, output);
  return affine(image, [1, 0, 0, 0, 1, pixels], options, output);
}

const parameters = z.strictObject({
  pixels: symmetricRange(),
  /** Whether fractions of a pixel are drawn too, which blurs. */
  fractional: z.boolean().default(false),
  ...resamplingParameters,
});
const sampled = z.strictObject({ pixels: z.number() });

/** `{ op: 'translate_x', pixels: 2 }`: whole pixels uniform in −2..2; `pixels: [min, max]` likewise. */
export const translateXTransform = defineTransform({
  name: 'translate_x',
  parameters,
  sampled,
  sample: ({ pixels, fractional }, generator) => ({
    pixels: fractional ? drawFrom(pixels, generator) : drawIntegerFrom(pixels, generator),
  }),
  apply: (image, { pixels }, output, options) => {
    translateX(image, pixels, options, output);
  },
  geometry: (_shape, { pixels }) => [1, 0, pixels, 0, 1, 0, 0, 0],
});

/** `{ op: 'translate_y', pixels: 2 }`: whole pixels uniform in −2..2; `pixels: [min, max]` likewise. */
export const translateYTransform = defineTransform({
  name: 'translate_y',
  parameters,
  sampled,
  sample: ({ pixels, fractional }, generator) => ({
    pixels: fractional ? drawFrom(pixels, generator) : drawIntegerFrom(pixels, generator),
  }),
  apply: (image, { pixels }, output, options) => {
    translateY(image, pixels, options, output);
  },
  geometry: (_shape, { pixels }) => [1, 0, 0, 0, 1, pixels, 0, 0],
});
