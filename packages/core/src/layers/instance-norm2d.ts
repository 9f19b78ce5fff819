import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { channelGroupNormLayer } from './channel-group-norm.ts';
import { mapShape } from './options.ts';

const options = z.strictObject({
  eps: z.number().positive().default(1e-5),
  affine: z.boolean().default(false),
});

/**
 * y = (x − mean)/√(variance + eps), with mean and biased variance of each sample and channel over its pixels; with `affine` then
 * ·weight + bias of the channel. Options are those of `torch.nn.InstanceNorm2d` (Ulyanov et al. 2016), but for
 * `track_running_stats`: there are no running statistics, so that evaluation computes as training does.
 */
export const instanceNorm2d = (call: z.input<typeof options> = {}): LayerCall => ({
  op: 'instanceNorm2d',
  options: call,
});

export const instanceNorm2dLayer = channelGroupNormLayer(
  'instanceNorm2d',
  options,
  (_, input) => mapShape('instanceNorm2d', input)[2],
);
