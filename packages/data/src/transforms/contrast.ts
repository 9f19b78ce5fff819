import { blendConstant, byteSum, grey } from '@lockstep/kernels';
import { checkSameShape, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineEnhancement } from './enhancement.ts';

/**
 * Changes the contrast about the mean grey, with the bytes of Pillow 9.4's `ImageEnhance.Contrast`; opacity stays.
 *
 * @param factor 0 for an even grey, 1 for the picture as it is; beyond 1 it is more than it was. Rounded to float32
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function contrast(image: Image, factor: number, output: Image = newImage(image)): Image {
  checkSameShape('contrast', image, output);
  const { channels } = image;
  const pixels = image.height * image.width;
  runKernel(image, output, channels === 1 ? 0 : pixels, (k, x, y, greys) => {
    if (channels > 1) grey(k, x, greys, pixels, channels);
    const mean = Math.trunc(byteSum(k, channels > 1 ? greys : x, pixels) / pixels + 0.5);
    blendConstant(k, mean, x, y, pixels, channels, factor);
  });
  return output;
}

/** `{ op: 'contrast', factor: [0.5, 1.5] }`: more or less contrast by a factor uniform in [0.5, 1.5); `factor: m` is always m. */
export const contrastTransform = defineEnhancement('contrast', contrast);
