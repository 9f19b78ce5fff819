import { lpPoolBackward, lpPoolForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { windowGeometry, windowOptions } from './pool-options.ts';
import { resamplingLayer } from './resampling.ts';

const options = z.strictObject({
  ...windowOptions,
  /** The norm: 2 is the only one there is. */
  normType: z.literal(2, 'expected 2; a sum of windows, norm 1, is avgPool2d with divisorOverride: 1'),
});

/**
 * The length √Σx² of each window: L2 pooling. Options are those of `torch.nn.LPPool2d` with `norm_type` 2; sizes may be a number
 * or [height, width], and the stride defaults to the window's size. A window of zeros has the gradient 0.
 */
export const lpPool2d = (call: z.input<typeof options>): LayerCall => ({ op: 'lpPool2d', options: call });

export const lpPool2dLayer = resamplingLayer({
  op: 'lpPool2d',
  options,
  keeps: true,
  windows: (o) => o,
  geometry: windowGeometry,
  forward: lpPoolForward,
  backward: (k, g, { x, y, dy, dx }, images) => lpPoolBackward(k, g, x, y, dy, dx, images),
});
