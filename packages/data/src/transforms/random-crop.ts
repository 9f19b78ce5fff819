import { z } from 'zod';
import { TransformError } from '../errors.ts';
import { crop, paddingParameters, sizeSchema } from './crop.ts';
import { defineTransform } from './define.ts';

/**
 * `{ op: 'random_crop', size: 32, padding: 4 }`: a square of 32 of the picture with 4 pixels around it, as torchvision's
 * `RandomCrop`. `size: [height, width]` likewise; the padding is black unless `paddingMode` or `fill` say otherwise.
 */
export const randomCropTransform = defineTransform({
  name: 'random_crop',
  parameters: z.strictObject({
    size: sizeSchema,
    padding: z.int().min(0).default(0),
    ...paddingParameters,
  }),
  sampled: z.strictObject({ top: z.int(), left: z.int() }),
  outputShape({ height, width, channels }, { size, padding }) {
    if (size[0] <= height + 2 * padding && size[1] <= width + 2 * padding) {
      return { height: size[0], width: size[1], channels };
    }
    throw new TransformError(
      'TRANSFORM_IMAGE',
      `random_crop: expected a picture of at least ${size[0]}×${size[1]} with ${padding} pixels of padding on each side, ` +
        `got ${height}×${width}: use more padding, or resize before`,
    );
  },
  sample: ({ size, padding }, generator, { height, width }) => ({
    top: generator.integer(height + 2 * padding - size[0] + 1) - padding,
    left: generator.integer(width + 2 * padding - size[1] + 1) - padding,
  }),
  apply: (image, { top, left }, output, parameters) => {
    crop(image, top, left, output, parameters);
  },
  geometry: (_shape, { top, left }) => [1, 0, left, 0, 1, top, 0, 0],
});
