import { geluBackward, geluForward, geluTanhBackward, geluTanhForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { activationLayer } from './activation.ts';

const options = z.strictObject({ approximate: z.enum(['none', 'tanh']).default('none') });

/**
 * x·Φ(x), of any shape, with the normal distribution's Φ(x) = (1 + erf(x/√2))/2 (Hendrycks and Gimpel, arXiv 1606.08415), or
 * its approximation x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2; `torch.nn.GELU`.
 */
export const gelu = (call: z.input<typeof options> = {}): LayerCall => ({ op: 'gelu', options: call });

export const geluLayer = activationLayer({
  op: 'gelu',
  options,
  keeps: 'input',
  forward: (k, x, y, length, { approximate }) =>
    approximate === 'tanh' ? geluTanhForward(k, x, y, length) : geluForward(k, x, y, length),
  backward: (k, x, dy, dx, length, { approximate }) =>
    approximate === 'tanh' ? geluTanhBackward(k, x, dy, dx, length) : geluBackward(k, x, dy, dx, length),
});
