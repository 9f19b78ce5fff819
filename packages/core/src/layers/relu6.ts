import { relu6Backward, relu6Forward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { activationLayer } from './activation.ts';

/** min(max(x, 0), 6), of any shape; `torch.nn.ReLU6`. */
export const relu6 = (): LayerCall => ({ op: 'relu6', options: {} });

export const relu6Layer = activationLayer({
  op: 'relu6',
  options: z.strictObject({}),
  keeps: 'output',
  forward: relu6Forward,
  backward: relu6Backward,
});
