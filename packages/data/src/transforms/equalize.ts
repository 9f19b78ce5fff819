import { histogram, histogramScratchBytes, lookUp } from '@lockstep/kernels';
import { z } from 'zod';
import { checkSameShape, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineTransform } from './define.ts';
import { fillIdentity, tableBytes } from './tables.ts';

/**
 * Makes all values of a channel about as frequent, with the bytes of Pillow 9.4's `ImageOps.equalize`; opacity stays.
 *
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function equalize(image: Image, output: Image = newImage(image)): Image {
  checkSameShape('equalize', image, output);
  const { channels } = image;
  const pixels = image.height * image.width;
  const scratchBytes = tableBytes(channels) + 1024 * channels + histogramScratchBytes(channels);
  runKernel(image, output, scratchBytes, (k, x, y, tables) => {
    const counts = tables + tableBytes(channels);
    histogram(k, x, pixels, channels, counts, counts + 1024 * channels);
    fillIdentity(k.u8, tables, channels);
    for (let channel = 0; channel < Math.min(channels, 3); channel++) {
      const begin = counts / 4 + 256 * channel;
      let last = 255;
      while (k.i32[begin + last] === 0) last--;
      // With one value only, its count is that of all pixels, and the step 0 too.
      const step = Math.floor((pixels - k.i32[begin + last]!) / 255);
      if (step === 0) continue;
      let sum = Math.floor(step / 2);
      for (let value = 0; value < 256; value++) {
        k.u8[tables + 256 * channel + value] = Math.min(255, Math.floor(sum / step));
        sum += k.i32[begin + value]!;
      }
    }
    lookUp(k, x, tables, y, pixels, channels);
  });
  return output;
}

/** `{ op: 'equalize' }`: all values about as frequent, in each channel. */
export const equalizeTransform = defineTransform({
  name: 'equalize',
  parameters: z.strictObject({}),
  sampled: z.null(),
  sample: () => null,
  apply: (image, _sampled, output) => {
    equalize(image, output);
  },
});
