import { desaturate, grey } from '@lockstep/kernels';
import { z } from 'zod';
import { checkSameShape, copyImage, type Image } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineTransform } from './define.ts';

/**
 * Makes a picture grey, (19595 R + 38470 G + 7471 B + 2¹⁵) >> 16 as Pillow's `convert('L')`.
 *
 * @param output takes the result: of one channel, or of as many as `image` has, then with the grey in all colours and the
 *   opacity as it was. Its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function grayscale(image: Image, output: Image): Image {
  const pixels = image.height * image.width;
  checkSameShape('grayscale', image, output, output.channels === 1 ? 1 : image.channels);
  if (image.channels === 1) copyImage(image, output);
  else {
    runKernel(image, output, 0, (k, x, y) => {
      if (output.channels === 1) grey(k, x, y, pixels, image.channels);
      else desaturate(k, x, y, pixels, image.channels);
    });
  }
  return output;
}

/** `{ op: 'grayscale' }`: grey in as many channels as before; `channels: 1` in one. */
export const grayscaleTransform = defineTransform({
  name: 'grayscale',
  parameters: z.strictObject({ channels: z.enum(['same', '1']).default('same') }),
  sampled: z.null(),
  sample: () => null,
  outputShape: (shape, { channels }) => (channels === 'same' ? shape : { ...shape, channels: 1 }),
  apply: (image, _sampled, output) => {
    grayscale(image, output);
  },
});
