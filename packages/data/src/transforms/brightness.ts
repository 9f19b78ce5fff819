import { blendConstant } from '@lockstep/kernels';
import { checkSameShape, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineEnhancement } from './enhancement.ts';

/**
 * Makes a picture darker or brighter, with the bytes of Pillow 9.4's `ImageEnhance.Brightness`; opacity stays.
 *
 * @param factor 0 for black, 1 for the picture as it is; beyond 1 it is more than it was. Rounded to float32
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function brightness(image: Image, factor: number, output: Image = newImage(image)): Image {
  checkSameShape('brightness', image, output);
  runKernel(image, output, 0, (k, x, y) => {
    blendConstant(k, 0, x, y, image.height * image.width, image.channels, factor);
  });
  return output;
}

/** `{ op: 'brightness', factor: [0.5, 1.5] }`: darker or brighter by a factor uniform in [0.5, 1.5); `factor: m` is always m. */
export const brightnessTransform = defineEnhancement('brightness', brightness);
