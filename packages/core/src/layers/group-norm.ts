import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import { shapeText } from '../graph/graph.ts';
import { channelGroupNormLayer } from './channel-group-norm.ts';

const options = z.strictObject({
  numGroups: z.int().min(1),
  eps: z.number().positive().default(1e-5),
  affine: z.boolean().default(true),
});

/**
 * y = (x − mean)/√(variance + eps)·weight + bias, with mean and biased variance of each sample over all pixels of
 * `numGroups` groups of neighbouring channels, and a weight and a bias a channel; options are those of `torch.nn.GroupNorm` (Wu
 * and He 2018). No sample depends on another, so that it is the same for any batch, and in evaluation.
 */
export const groupNorm = (call: z.input<typeof options>): LayerCall => ({ op: 'groupNorm', options: call });

export const groupNormLayer = channelGroupNormLayer('groupNorm', options, ({ numGroups }, input) => {
  if (input.at(-1)! % numGroups === 0) return numGroups;
  throw new CoreError(
    'GRAPH_SHAPE',
    `groupNorm expects numGroups to divide the number of channels, ${input.at(-1)} of ${shapeText(input)}, got ${numGroups}`,
  );
});
