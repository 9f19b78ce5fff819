import { z } from 'zod';
import { type Image, newImage } from '../image.ts';
import { defineTransform } from './define.ts';
import { solarize } from './solarize.ts';

/**
 * Makes each colour 255 minus what it was, as Pillow 9.4's `ImageOps.invert`; opacity stays.
 *
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function invert(image: Image, output: Image = newImage(image)): Image {
  return solarize(image, 0, output);
}

/** `{ op: 'invert' }`: the negative. */
export const invertTransform = defineTransform({
  name: 'invert',
  parameters: z.strictObject({}),
  sampled: z.null(),
  sample: () => null,
  apply: (image, _sampled, output) => {
    invert(image, output);
  },
});
