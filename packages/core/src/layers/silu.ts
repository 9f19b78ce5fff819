import { siluBackward, siluForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { activationLayer } from './activation.ts';

/** x/(1 + e^−x), of any shape; `torch.nn.SiLU`, also called swish (Ramachandran et al., arXiv 1710.05941). */
export const silu = (): LayerCall => ({ op: 'silu', options: {} });

export const siluLayer = activationLayer({
  op: 'silu',
  options: z.strictObject({}),
  keeps: 'input',
  forward: siluForward,
  backward: siluBackward,
});
