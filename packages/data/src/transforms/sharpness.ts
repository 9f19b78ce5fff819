import { blend, smooth } from '@lockstep/kernels';
import { checkSameShape, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineEnhancement } from './enhancement.ts';

/**
 * Makes a picture softer or sharper, with the bytes of Pillow 9.4's `ImageEnhance.Sharpness`; opacity stays.
 *
 * @param factor 0 for smoothed, 1 for the picture as it is; beyond 1 it is more than it was. Rounded to float32
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function sharpness(image: Image, factor: number, output: Image = newImage(image)): Image {
  checkSameShape('sharpness', image, output);
  runKernel(image, output, 0, (k, x, y) => {
    smooth(k, x, y, image);
    blend(k, y, x, y, image.data.length, factor);
    if (image.channels < 4) return;
    for (let i = 3; i < image.data.length; i += 4) k.u8[y + i] = k.u8[x + i]!;
  });
  return output;
}

/** `{ op: 'sharpness', factor: [0.5, 1.5] }`: softer or sharper by a factor uniform in [0.5, 1.5); `factor: m` is always m. */
export const sharpnessTransform = defineEnhancement('sharpness', sharpness);
