import { tanhBackward, tanhForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { activationLayer } from './activation.ts';

/** tanh x, of any shape; `torch.nn.Tanh`. */
export const tanh = (): LayerCall => ({ op: 'tanh', options: {} });

export const tanhLayer = activationLayer({
  op: 'tanh',
  options: z.strictObject({}),
  keeps: 'output',
  forward: tanhForward,
  backward: tanhBackward,
});
