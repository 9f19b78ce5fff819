import { z } from 'zod';
import type { Image } from '../image.ts';
import { defineTransform, type TransformDefinition } from './define.ts';
import { drawFrom, range } from './range.ts';

/** What all of Pillow's enhancements have in common: a factor. */
export function defineEnhancement(
  name: string,
  apply: (image: Image, factor: number, output: Image) => Image,
): TransformDefinition {
  return defineTransform({
    name,
    parameters: z.strictObject({ factor: range(0, 1000) }),
    sampled: z.strictObject({ factor: z.number().min(0).max(1000) }),
    sample: ({ factor }, generator) => ({ factor: drawFrom(factor, generator) }),
    apply: (image, { factor }, output) => {
      apply(image, factor, output);
    },
  });
}
