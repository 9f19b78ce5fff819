import { maxPoolBackward, maxPoolForward } from '@lockstep/kernels';
import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { adaptiveGeometry, adaptiveOptions } from './pool-options.ts';
import { resamplingLayer } from './resampling.ts';

/**
 * The maximum of each of outputSize windows, a number or [height, width], which lie as those of `adaptiveAvgPool2d`:
 * `torch.nn.AdaptiveMaxPool2d`. With outputSize 1, global max pooling.
 */
export const adaptiveMaxPool2d = (call: z.input<typeof adaptiveOptions>): LayerCall => ({
  op: 'adaptiveMaxPool2d',
  options: call,
});

export const adaptiveMaxPool2dLayer = resamplingLayer({
  op: 'adaptiveMaxPool2d',
  options: adaptiveOptions,
  keeps: true,
  geometry: adaptiveGeometry,
  forward: maxPoolForward,
  backward: (k, g, { x, y, dy, dx }, images) => maxPoolBackward(k, g, x, y, dy, dx, images),
});
