import { hardSwishBackward, hardSwishForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { activationLayer } from './activation.ts';

/** x·min(max(x + 3, 0), 6)/6, of any shape; `torch.nn.Hardswish` (Howard et al., arXiv 1905.02244). */
export const hardSwish = (): LayerCall => ({ op: 'hardSwish', options: {} });

export const hardSwishLayer = activationLayer({
  op: 'hardSwish',
  options: z.strictObject({}),
  keeps: 'input',
  forward: hardSwishForward,
  backward: hardSwishBackward,
});
