import { z } from 'zod';
import { defineTransform } from './define.ts';
import { fillSchema } from './fill.ts';
import { erase } from './random-erasing.ts';

/**
 * `{ op: 'cutout', size: 16 }`: a square of 16 pixels about any pixel painted black, cut off at the edges (DeVries and Taylor,
 * "Improved regularization of convolutional neural networks with Cutout", 2017).
 */
export const cutoutTransform = defineTransform({
  name: 'cutout',
  parameters: z.strictObject({ size: z.int().min(1), fill: fillSchema.default(0) }),
  sampled: z.strictObject({ row: z.int().min(0), column: z.int().min(0) }),
  sample: (_parameters, generator, { height, width }) => ({
    row: generator.integer(height),
    column: generator.integer(width),
  }),
  apply: (image, { row, column }, output, { size, fill }) => {
    const half = Math.floor(size / 2);
    erase(image, { top: row - half, left: column - half, height: size, width: size }, fill, output);
  },
});
