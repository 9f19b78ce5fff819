import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { batchNormLayer } from './batch-norm.ts';
import type { batchNormOptions } from './batch-norm-memory.ts';
import { mapShape } from './options.ts';

/** Batch normalisation of the channels of a map, synchronised over all workers; options are those of `torch.nn.BatchNorm2d`. */
export const batchNorm2d = (call: z.input<typeof batchNormOptions> = {}): LayerCall => ({
  op: 'batchNorm2d',
  options: call,
});

export const batchNorm2dLayer = batchNormLayer('batchNorm2d', (input) => mapShape('batchNorm2d', input)[2]);
