import { averagePoolBackward, averagePoolForward, type PoolDivisor } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { pair } from './options.ts';
import { windowGeometry, windowOptions } from './pool-options.ts';
import { resamplingLayer } from './resampling.ts';

const options = z.strictObject({
  ...windowOptions,
  padding: pair(0).default([0, 0]),
  /** Whether the padding counts as zeros, or is left out of the mean. */
  countIncludePad: z.boolean().default(true),
  /** What to divide a window's sum by, whatever it has. */
  divisorOverride: z.int().min(1).optional(),
});

const divisor = ({ divisorOverride, countIncludePad }: z.output<typeof options>): PoolDivisor =>
  divisorOverride ?? (countIncludePad ? 'padded' : 'inside');

/**
 * The mean of each window. Options are those of `torch.nn.AvgPool2d`; sizes may be a number or [height, width], and the stride
 * defaults to the window's size. What `ceilMode` lets reach beyond the padding does not count.
 */
export const avgPool2d = (call: z.input<typeof options>): LayerCall => ({ op: 'avgPool2d', options: call });

export const avgPool2dLayer = resamplingLayer({
  op: 'avgPool2d',
  options,
  keeps: false,
  windows: (o) => o,
  geometry: windowGeometry,
  forward: (k, g, x, y, images, o) => averagePoolForward(k, g, x, y, images, divisor(o)),
  backward: (k, g, { dy, dx }, images, o) => averagePoolBackward(k, g, dy, dx, images, divisor(o)),
});
