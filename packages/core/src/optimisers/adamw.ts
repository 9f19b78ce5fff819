import { z } from 'zod';
import { adamFields, adamVectors, updateByAdam } from './adam.ts';
import type { Optimiser } from './optimiser.ts';
import { decaysPerTensor, weightDecayOf } from './weight-decay.ts';

export const adamwOptions = z.strictObject({
  name: z.literal('adamw'),
  ...adamFields,
  weightDecay: adamFields.weightDecay.unwrap().default(0.01),
});

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019): as Adam without weight decay, and beside it p shrinks by
 * learningRate·weightDecay·p. As `torch.optim.AdamW`.
 */
export function adamwOptimiser(options: z.output<typeof adamwOptions>): Optimiser {
  return {
    stateVectors: adamVectors(options),
    perTensor: decaysPerTensor(options),
    usesNorms: false,
    update: (kernels, update) => {
      const decoupledWeightDecay = weightDecayOf(options, update.tensor);
      updateByAdam(kernels, update, options, { weightDecay: 0, decoupledWeightDecay });
    },
  };
}
