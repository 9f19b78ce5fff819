import { z } from 'zod';
import { checkSameShape, copyBytes, createImage, type Image } from '../image.ts';
import { affine, type ResamplingOptions, resamplingParameters } from './affine.ts';
import { defineTransform } from './define.ts';
import { paint } from './fill.ts';
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
  output: Image = createImage(image),
): Image {
  checkSameShape('translate_x', image, output);
  if (!isShift(image, pixels, options)) return affine(image, [1, 0, pixels, 0, 1, 0], options, output);
  return shift(image, pixels, 0, options, output);
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
  output: Image = createImage(image),
): Image {
  checkSameShape('translate_y', image, output);
  if (!isShift(image, pixels, options)) return affine(image, [1, 0, 0, 0, 1, pixels], options, output);
  return shift(image, 0, pixels, options, output);
}

/**
 * A shift by whole pixels is a copy, whichever the resampling: the interpolation weights are 0 and 1. But not where colours
 * are multiplied with their opacity in between, which rounds.
 */
function isShift({ channels }: Image, pixels: number, { resample = 'bilinear' }: ResamplingOptions): boolean {
  return Number.isSafeInteger(pixels) && (channels !== 4 || resample === 'nearest');
}

function shift(image: Image, left: number, up: number, { fill = 0 }: ResamplingOptions, output: Image): Image {
  paint(output, fill);
  const { data, width, height, channels } = image;
  const stride = width * channels;
  const firstColumn = Math.max(0, -left);
  const endColumn = Math.min(width, width - left);
  const endRow = Math.min(height, height - up);
  for (let row = Math.max(0, -up); row < endRow; row++) {
    const to = row * stride + firstColumn * channels;
    const from = (row + up) * stride + (firstColumn + left) * channels;
    copyBytes(data, from, output.data, to, (endColumn - firstColumn) * channels);
  }
  return output;
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
