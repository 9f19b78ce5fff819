import { z } from 'zod';
import { type Image, type ImageShape, newImage } from '../image.ts';
import type { Resample } from './affine.ts';
import { crop, sizeSchema } from './crop.ts';
import { defineTransform } from './define.ts';
import { orderedPair, probability } from './range.ts';
import { drawRegion, type Region } from './region.ts';
import { resize } from './resize.ts';
import { roundHalfEven } from './rounding.ts';

/**
 * Cuts a rectangle out of a picture and resizes it, with the bytes of torchvision's `resized_crop` of a Pillow picture.
 *
 * @param output takes the result; its height and width are the size of the result, its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function resizedCrop(
  image: Image,
  { top, left, height, width }: Region,
  output: Image,
  resample: Resample = 'bilinear',
): Image {
  const part = newImage({ height, width, channels: image.channels });
  return resize(crop(image, top, left, part), output, resample);
}

/** Where ten draws did not fit: the largest rectangle in the middle whose proportions are allowed. */
function fallback({ height, width }: ImageShape, [min, max]: readonly [number, number]): Region {
  let [down, across] = [height, width];
  if (width / height < min) down = roundHalfEven(width / min);
  else if (width / height > max) across = roundHalfEven(height * max);
  return {
    top: Math.floor((height - down) / 2),
    left: Math.floor((width - across) / 2),
    height: down,
    width: across,
  };
}

/**
 * `{ op: 'random_resized_crop', size: 224 }`: a part of 8 to 100 percent of the area and of proportions 3:4 to 4:3, resized;
 * as torchvision's `RandomResizedCrop`.
 */
export const randomResizedCropTransform = defineTransform({
  name: 'random_resized_crop',
  parameters: z.strictObject({
    size: sizeSchema,
    scale: orderedPair(probability()).default([0.08, 1]),
    ratio: orderedPair(z.number().min(0.001).max(1000)).default([3 / 4, 4 / 3]),
    resample: z.enum(['bilinear', 'nearest']).default('bilinear'),
  }),
  sampled: z.strictObject({
    top: z.int().min(0),
    left: z.int().min(0),
    height: z.int().min(1),
    width: z.int().min(1),
  }),
  sample: ({ scale, ratio }, generator, shape) => ({
    ...(drawRegion(scale, ratio, true, generator, shape) ?? fallback(shape, ratio)),
  }),
  outputShape: ({ channels }, { size: [height, width] }) => ({ height, width, channels }),
  apply: (image, region, output, { resample }) => {
    resizedCrop(image, region, output, resample);
  },
  geometry: (_shape, { top, left, height, width }, { size }) => [
    width / size[1],
    0,
    left,
    0,
    height / size[0],
    top,
    0,
    0,
  ],
});
