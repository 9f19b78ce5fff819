import { maxPoolBackward, maxPoolForward } from '@lockstep/kernels';
import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { maxPoolOptions, windowGeometry } from './pool-options.ts';
import { resamplingLayer } from './resampling.ts';

/**
 * The maximum of each window; the padding does not take part. Options are those of `torch.nn.MaxPool2d`; sizes may be a
 * number or [height, width], and the stride defaults to the window's size. Its indices: see `maxUnpool2d`.
 */
export const maxPool2d = (call: z.input<typeof maxPoolOptions>): LayerCall => ({ op: 'maxPool2d', options: call });

export const maxPool2dLayer = resamplingLayer({
  op: 'maxPool2d',
  options: maxPoolOptions,
  keeps: true,
  windows: (o) => o,
  geometry: windowGeometry,
  forward: maxPoolForward,
  backward: (k, g, { x, y, dy, dx }, images) => maxPoolBackward(k, g, x, y, dy, dx, images),
});
