import { flipHorizontal as flipKernel, flipVertical as flipVerticalKernel } from '@lockstep/kernels';
import { z } from 'zod';
import { checkSameShape, copyImage, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineTransform } from './define.ts';
import { identityMap } from './geometry.ts';
import { probability } from './range.ts';

/**
 * Mirrors a picture left to right, as Pillow's `ImageOps.mirror`.
 *
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function flipHorizontal(image: Image, output: Image = newImage(image)): Image {
  checkSameShape('horizontal_flip', image, output);
  runKernel(image, output, 0, (k, x, y) => {
    flipKernel(k, x, y, image);
  });
  return output;
}

/**
 * Turns a picture upside down, as Pillow's `ImageOps.flip`.
 *
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function flipVertical(image: Image, output: Image = newImage(image)): Image {
  checkSameShape('vertical_flip', image, output);
  runKernel(image, output, 0, (k, x, y) => flipVerticalKernel(k, x, y, image), 'anywhere');
  return output;
}

const parameters = z.strictObject({ probability: probability().default(0.5) });
const sampled = z.strictObject({ flipped: z.boolean() });

/** `{ op: 'horizontal_flip', probability: 0.5 }`: mirrored for every other sample, as chance has it. */
export const horizontalFlipTransform = defineTransform({
  name: 'horizontal_flip',
  parameters,
  sampled,
  sample: (chance, generator) => ({ flipped: generator.uniform() < chance.probability }),
  apply: (image, { flipped }, output) => {
    if (flipped) flipHorizontal(image, output);
    else copyImage(image, output);
  },
  geometry: ({ width }, { flipped }) => (flipped ? [-1, 0, width, 0, 1, 0, 0, 0] : identityMap),
});

/** `{ op: 'vertical_flip', probability: 0.5 }`: upside down for every other sample, as chance has it. */
export const verticalFlipTransform = defineTransform({
  name: 'vertical_flip',
  parameters,
  sampled,
  sample: (chance, generator) => ({ flipped: generator.uniform() < chance.probability }),
  apply: (image, { flipped }, output) => {
    if (flipped) flipVertical(image, output);
    else copyImage(image, output);
  },
  geometry: ({ height }, { flipped }) => (flipped ? [1, 0, 0, 0, -1, height, 0, 0] : identityMap),
});
