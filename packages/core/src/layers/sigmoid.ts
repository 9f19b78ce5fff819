import { sigmoidBackward, sigmoidForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { activationLayer } from './activation.ts';

/** 1/(1 + e^−x), of any shape; `torch.nn.Sigmoid`. */
export const sigmoid = (): LayerCall => ({ op: 'sigmoid', options: {} });

export const sigmoidLayer = activationLayer({
  op: 'sigmoid',
  options: z.strictObject({}),
  keeps: 'output',
  forward: sigmoidForward,
  backward: sigmoidBackward,
});
