import { leakyReluBackward, leakyReluForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { activationLayer } from './activation.ts';

// Not negative, so that the output has the input's sign and is all that the backward pass needs.
const options = z.strictObject({ negativeSlope: z.number().min(0).default(0.01) });

/** x where x > 0, else negativeSlope·x, of any shape; `torch.nn.LeakyReLU`, for slopes that are not negative. */
export const leakyRelu = (call: z.input<typeof options> = {}): LayerCall => ({ op: 'leakyRelu', options: call });

export const leakyReluLayer = activationLayer({
  op: 'leakyRelu',
  options,
  keeps: 'output',
  forward: (k, x, y, length, { negativeSlope }) => leakyReluForward(k, x, y, length, negativeSlope),
  backward: (k, y, dy, dx, length, { negativeSlope }) => leakyReluBackward(k, y, dy, dx, length, negativeSlope),
});
