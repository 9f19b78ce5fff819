import { z } from 'zod';
import { checkSameShape, copyImage, type Image, newImage } from '../image.ts';
import { defineTransform } from './define.ts';
import { type Fill, fillSchema, paintBytes } from './fill.ts';
import { drawFrom, orderedPair, probability } from './range.ts';
import { drawRegion, type Region } from './region.ts';

/**
 * Paints a rectangle, cut off at the edges of the picture, with one colour.
 *
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function erase(
  image: Image,
  { top, left, height, width }: Region,
  fill: Fill = 0,
  output: Image = newImage(image),
): Image {
  checkSameShape('erase', image, output);
  copyImage(image, output);
  const begin = Math.max(0, left);
  const columns = Math.min(image.width, left + width) - begin;
  if (columns <= 0) return output;
  for (let y = Math.max(0, top); y < Math.min(image.height, top + height); y++) {
    const at = (y * image.width + begin) * image.channels;
    paintBytes(output, at, at + columns * image.channels, fill);
  }
  return output;
}

const whole = z.int().min(0);

/**
 * `{ op: 'random_erasing' }`: for every other sample a rectangle of 2 to 33 percent of the area and of proportions 0.3 to 3.3
 * in one colour, as torchvision's `RandomErasing`.
 */
export const randomErasingTransform = defineTransform({
  name: 'random_erasing',
  parameters: z.strictObject({
    probability: probability().default(0.5),
    scale: orderedPair(probability()).default([0.02, 0.33]),
    ratio: orderedPair(z.number().min(0.001).max(1000)).default([0.3, 3.3]),
    fill: fillSchema.default(0),
  }),
  sampled: z.union([z.null(), z.strictObject({ top: whole, left: whole, height: whole, width: whole })]),
  sample(parameters, generator, shape) {
    if (drawFrom([0, 1], generator) >= parameters.probability) return null;
    const region = drawRegion(parameters.scale, parameters.ratio, false, generator, shape);
    return region && { ...region };
  },
  apply: (image, region, output, { fill }) => {
    if (region === null) copyImage(image, output);
    else erase(image, region, fill, output);
  },
});
