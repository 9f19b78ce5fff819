import { solarize as solarizeKernel } from '@lockstep/kernels';
import { z } from 'zod';
import { checkSameShape, copyImage, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineTransform } from './define.ts';
import { drawIntegerFrom, integerRange } from './range.ts';

/**
 * Inverts the colours from a threshold on, with the bytes of Pillow 9.4's `ImageOps.solarize`; opacity stays.
 *
 * @param threshold in 0..256: lower values stay as they are; 0 inverts all, 256 none
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function solarize(image: Image, threshold: number, output: Image = newImage(image)): Image {
  checkSameShape('solarize', image, output);
  if (threshold === 256) {
    copyImage(image, output);
    return output;
  }
  runKernel(image, output, 0, (k, x, y) => {
    solarizeKernel(k, x, y, image.height * image.width, image.channels, threshold);
  });
  return output;
}

/** `{ op: 'solarize', threshold: 128 }`: values from 128 on inverted; `threshold: [min, max]` draws from min..max. */
export const solarizeTransform = defineTransform({
  name: 'solarize',
  parameters: z.strictObject({ threshold: integerRange(0, 256).default([128, 128]) }),
  sampled: z.strictObject({ threshold: z.int().min(0).max(256) }),
  sample: ({ threshold }, generator) => ({ threshold: drawIntegerFrom(threshold, generator) }),
  apply: (image, { threshold }, output) => {
    solarize(image, threshold, output);
  },
});
