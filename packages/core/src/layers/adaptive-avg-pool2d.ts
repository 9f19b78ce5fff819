import { averagePoolBackward, averagePoolForward } from '@lockstep/kernels';
import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { adaptiveGeometry, adaptiveOptions } from './pool-options.ts';
import { resamplingLayer } from './resampling.ts';

/**
 * The mean of each of outputSize windows, a number or [height, width], which meet or overlap: window i of n along an axis is
 * from ⌊i·size/n⌋ to ⌈(i + 1)·size/n⌉. `torch.nn.AdaptiveAvgPool2d`; to one vector, `globalAvgPool2d`.
 */
export const adaptiveAvgPool2d = (call: z.input<typeof adaptiveOptions>): LayerCall => ({
  op: 'adaptiveAvgPool2d',
  options: call,
});

export const adaptiveAvgPool2dLayer = resamplingLayer({
  op: 'adaptiveAvgPool2d',
  options: adaptiveOptions,
  keeps: false,
  geometry: adaptiveGeometry,
  forward: (k, g, x, y, images) => averagePoolForward(k, g, x, y, images),
  backward: (k, g, { dy, dx }, images) => averagePoolBackward(k, g, dy, dx, images),
});
