import { z } from 'zod';
import { TransformError } from '../errors.ts';
import type { ImageShape } from '../image.ts';
import { crop, paddingParameters, sizeSchema } from './crop.ts';
import { defineTransform } from './define.ts';

function checkRoom(shape: ImageShape, height: number, width: number, padding: number): void {
  if (height <= shape.height + 2 * padding && width <= shape.width + 2 * padding) return;
  throw new TransformError(
    'TRANSFORM_IMAGE',
    `random_crop: expected a picture of at least ${height}×${width} with ${padding} pixels of padding on each side, ` +
      `got ${shape.height}×${shape.width}: use more padding, or resize before`,
  );
}

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
  outputShape(shape, { size: [height, width], padding }) {
    checkRoom(shape, height, width, padding);
    return { height, width, channels: shape.channels };
  },
  sample({ size: [height, width], padding }, generator, shape) {
    checkRoom(shape, height, width, padding);
    return {
      top: generator.integer(shape.height + 2 * padding - height + 1) - padding,
      left: generator.integer(shape.width + 2 * padding - width + 1) - padding,
    };
  },
  apply: (image, { top, left }, output, parameters) => {
    crop(image, top, left, output, parameters);
  },
  geometry: (_shape, { top, left }) => [1, 0, left, 0, 1, top, 0, 0],
});
