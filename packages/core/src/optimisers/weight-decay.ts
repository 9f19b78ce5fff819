import { z } from 'zod';
import type { UpdatedTensor } from './optimiser.ts';

/** The options of weight decay, which all optimisers have. */
export const weightDecayOptions = {
  weightDecay: z.number().min(0).default(0),
  /**
   * What no weight decay is applied to: `none` (the default: all parameters decay, as in PyTorch), or `normAndBias`, all tensors of one
   * axis, as is usual for large batches (He et al. 2019, "Bag of Tricks", §2.1.3).
   */
  decayExclude: z.enum(['none', 'normAndBias']).optional(),
};

interface WeightDecay {
  readonly weightDecay: number;
  readonly decayExclude?: 'none' | 'normAndBias' | undefined;
}

/** Whether the weight decay depends on the tensor. */
export const decaysPerTensor = ({ weightDecay, decayExclude }: WeightDecay): boolean =>
  weightDecay > 0 && decayExclude === 'normAndBias';

/** Whether a tensor is one of those that `decayExclude` names. */
export const isExcluded = ({ decayExclude }: WeightDecay, tensor: UpdatedTensor | undefined): boolean =>
  decayExclude === 'normAndBias' && tensor !== undefined && tensor.axes <= 1;

/** The weight decay of a tensor. */
export const weightDecayOf = (options: WeightDecay, tensor: UpdatedTensor | undefined): number =>
  isExcluded(options, tensor) ? 0 : options.weightDecay;
