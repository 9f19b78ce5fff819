import { hardSigmoidBackward, hardSigmoidForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { activationLayer } from './activation.ts';

/** min(max(x + 3, 0), 6)/6, of any shape; `torch.nn.Hardsigmoid`. */
export const hardSigmoid = (): LayerCall => ({ op: 'hardSigmoid', options: {} });

export const hardSigmoidLayer = activationLayer({
  op: 'hardSigmoid',
  options: z.strictObject({}),
  keeps: 'output',
  forward: hardSigmoidForward,
  backward: hardSigmoidBackward,
});
