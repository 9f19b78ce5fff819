import { softMarginLoss as kernel } from '@lockstep/kernels';
import { z } from 'zod';
import { elements } from '../graph/graph.ts';
import { elementwise, type Loss, type LossCall } from './loss.ts';

const options = z.strictObject({});

/**
 * Logistic loss ln(1 + e^(−t·x)) against targets of 1 and −1, with one output binary logistic regression: the mean over a
 * sample's elements, as of `torch.nn.SoftMarginLoss`.
 */
export const softMarginLoss = (): LossCall => ({ name: 'softMarginLoss', options: {} });

export const softMargin: Loss<z.output<typeof options>> = {
  ...elementwise,
  name: 'softMarginLoss',
  options,
  run: ({ kernels, shape, images, target: targets, scale, ...at }) =>
    kernel(kernels, { ...at, targets }, images, elements(shape), scale),
};
