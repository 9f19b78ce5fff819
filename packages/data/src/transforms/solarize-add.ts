import { solarizeAdd as solarizeAddKernel } from '@lockstep/kernels';
import { z } from 'zod';
import { checkSameShape, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineTransform } from './define.ts';
import { drawIntegerFrom, integerRange } from './range.ts';

/**
 * Makes dark colours brighter: min(value + addition, 255) below the threshold, as the SolarizeAdd of AutoAugment's and
 * RandAugment's authors; opacity stays.
 *
 * @param addition in 0..255
 * @param threshold in 0..255
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function solarizeAdd(image: Image, addition: number, threshold = 128, output: Image = newImage(image)): Image {
  checkSameShape('solarize_add', image, output);
  runKernel(image, output, 0, (k, x, y) => {
    solarizeAddKernel(k, x, y, image.height * image.width, image.channels, threshold, addition);
  });
  return output;
}

/** `{ op: 'solarize_add', addition: [0, 110] }`: a number of 0..110 added to what is below the threshold of 128. */
export const solarizeAddTransform = defineTransform({
  name: 'solarize_add',
  parameters: z.strictObject({ addition: integerRange(0, 255), threshold: z.int().min(0).max(255).default(128) }),
  sampled: z.strictObject({ addition: z.int().min(0).max(255) }),
  sample: ({ addition }, generator) => ({ addition: drawIntegerFrom(addition, generator) }),
  apply: (image, { addition }, output, { threshold }) => {
    solarizeAdd(image, addition, threshold, output);
  },
});
