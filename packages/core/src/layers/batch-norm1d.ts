import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { batchNormLayer } from './batch-norm.ts';
import type { batchNormOptions } from './batch-norm-memory.ts';
import { vectorLength } from './options.ts';

/** `batchNorm2d` of the features of a vector; options are those of `torch.nn.BatchNorm1d`. */
export const batchNorm1d = (call: z.input<typeof batchNormOptions> = {}): LayerCall => ({
  op: 'batchNorm1d',
  options: call,
});

export const batchNorm1dLayer = batchNormLayer('batchNorm1d', (input) => vectorLength('batchNorm1d', input));
