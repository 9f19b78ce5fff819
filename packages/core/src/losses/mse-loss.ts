import { mseLoss as kernel } from '@lockstep/kernels';
import { z } from 'zod';
import { elements } from '../graph/graph.ts';
import { elementwise, type Loss, type LossCall } from './loss.ts';

const options = z.strictObject({});

/** Squared error against values of the output's shape: the mean over a sample's elements, as of `torch.nn.MSELoss`. */
export const mseLoss = (): LossCall => ({ name: 'mseLoss', options: {} });

export const mse: Loss<z.output<typeof options>> = {
  ...elementwise,
  name: 'mseLoss',
  options,
  run: ({ kernels, shape, images, target: targets, scale, ...at }) =>
    kernel(kernels, { ...at, targets }, images, elements(shape), scale),
};
