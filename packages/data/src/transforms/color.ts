import { blendGrey } from '@lockstep/kernels';
import { checkSameShape, copyImage, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineEnhancement } from './enhancement.ts';

/**
 * Takes colour out of a picture or adds to it, with the bytes of Pillow 9.4's `ImageEnhance.Color`; grey pictures and opacity stay.
 *
 * @param factor 0 for grey, 1 for the picture as it is; beyond 1 it is more than it was. Rounded to float32
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function color(image: Image, factor: number, output: Image = newImage(image)): Image {
  checkSameShape('color', image, output);
  const { channels } = image;
  if (channels === 1) {
    copyImage(image, output);
    return output;
  }
  runKernel(image, output, 0, (k, x, y) => {
    blendGrey(k, x, y, image.height * image.width, channels, factor);
  });
  return output;
}

/** `{ op: 'color', factor: [0.5, 1.5] }`: more or less colour by a factor uniform in [0.5, 1.5); `factor: m` is always m. */
export const colorTransform = defineEnhancement('color', color);
