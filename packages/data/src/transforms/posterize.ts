import { posterize as posterizeKernel } from '@lockstep/kernels';
import { z } from 'zod';
import { checkSameShape, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineTransform } from './define.ts';
import { drawIntegerFrom, integerRange } from './range.ts';

/**
 * Keeps the highest bits of each colour, with the bytes of Pillow 9.4's `ImageOps.posterize`; opacity stays.
 *
 * @param bits in 0..8; 8 changes nothing
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function posterize(image: Image, bits: number, output: Image = newImage(image)): Image {
  checkSameShape('posterize', image, output);
  runKernel(image, output, 0, (k, x, y) => {
    posterizeKernel(k, x, y, image.height * image.width, image.channels, bits);
  });
  return output;
}

/** `{ op: 'posterize', bits: 4 }`: the 4 highest bits of each colour; `bits: [min, max]` draws from min..max. */
export const posterizeTransform = defineTransform({
  name: 'posterize',
  parameters: z.strictObject({ bits: integerRange(0, 8) }),
  sampled: z.strictObject({ bits: z.int().min(0).max(8) }),
  sample: ({ bits }, generator) => ({ bits: drawIntegerFrom(bits, generator) }),
  apply: (image, { bits }, output) => {
    posterize(image, bits, output);
  },
});
