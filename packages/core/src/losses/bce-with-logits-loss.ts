import { bceWithLogitsLoss as kernel } from '@lockstep/kernels';
import { z } from 'zod';
import { elements } from '../graph/graph.ts';
import { elementwise, type Loss, type LossCall } from './loss.ts';

const options = z.strictObject({
  /** How much more a target of 1 counts than one of 0, in each channel. */
  posWeight: z.array(z.number().min(0)).optional(),
});
type Options = z.output<typeof options>;

/**
 * Sigmoid and binary cross-entropy against a probability for each element: several labels a sample, or masks. The mean over a
 * sample's elements; options are those of `torch.nn.BCEWithLogitsLoss`.
 */
export const bceWithLogitsLoss = (call: z.input<typeof options> = {}): LossCall => ({
  name: 'bceWithLogitsLoss',
  options: call,
});

export const bceWithLogits: Loss<Options> = {
  ...elementwise,
  name: 'bceWithLogitsLoss',
  options,
  weights: ({ posWeight }) => posWeight,
  run: ({ kernels, shape, images, target: targets, weights: posWeight, scale, ...at }) => {
    const channels = shape.at(-1)!;
    const size = { images, pixels: elements(shape) / channels, channels };
    kernel(kernels, { ...at, targets, posWeight }, size, scale);
  },
};
