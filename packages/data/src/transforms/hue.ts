import { turnHue } from '@lockstep/kernels';
import { z } from 'zod';
import { checkSameShape, copyImage, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineTransform } from './define.ts';
import { drawFrom, symmetricRange } from './range.ts';

/**
 * Turns the colours around the wheel, with the bytes of torchvision's `adjust_hue` of a Pillow picture: through Pillow's HSV
 * in bytes (libImaging/Convert.c), so that even a shift of 0 rounds. Grey pictures and opacity stay.
 *
 * @param shift in turns, −0.5…0.5
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function hue(image: Image, shift: number, output: Image = newImage(image)): Image {
  checkSameShape('hue', image, output);
  const { channels } = image;
  if (channels === 1) {
    copyImage(image, output);
    return output;
  }
  runKernel(image, output, 0, (k, x, y) => {
    turnHue(k, x, y, image.height * image.width, channels, Math.trunc(shift * 255) & 255);
  });
  return output;
}

/** `{ op: 'hue', shift: 0.1 }`: colours turned by up to a tenth of the wheel either way; `shift: [min, max]` likewise. */
export const hueTransform = defineTransform({
  name: 'hue',
  parameters: z.strictObject({
    shift: symmetricRange().refine(([min, max]) => min >= -0.5 && max <= 0.5, {
      error: 'expected at most half a turn',
    }),
  }),
  sampled: z.strictObject({ shift: z.number().min(-0.5).max(0.5) }),
  sample: ({ shift }, generator) => ({ shift: drawFrom(shift, generator) }),
  apply: (image, { shift }, output) => {
    hue(image, shift, output);
  },
});
