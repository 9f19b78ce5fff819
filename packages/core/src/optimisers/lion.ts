import { lion } from '@lockstep/kernels';
import { z } from 'zod';
import type { Optimiser } from './optimiser.ts';
import { decaysPerTensor, weightDecayOf, weightDecayOptions } from './weight-decay.ts';

export const lionOptions = z.strictObject({
  name: z.literal('lion'),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.99),
  ...weightDecayOptions,
});

/**
 * Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2): p ← p − learningRate·(sign(β1·m +
 * (1 − β1)·g) + weightDecay·p); m ← β2·m + (1 − β2)·g. Its learning rate is three to ten times lower than AdamW's, its weight
 * decay as much higher.
 */
export function lionOptimiser(options: z.output<typeof lionOptions>): Optimiser {
  const { beta1, beta2 } = options;
  return {
    stateVectors: 1,
    perTensor: decaysPerTensor(options),
    usesNorms: false,
    update: (
      kernels,
      { parameters, nextParameters, gradient, state, nextState, length, samples, learningRate, tensor },
    ) => {
      const pointers = { parameters, nextParameters, gradient, average: state[0]!, nextAverage: nextState[0]! };
      const weightDecay = weightDecayOf(options, tensor);
      lion(kernels, pointers, length, { samples, learningRate, beta1, beta2, weightDecay });
    },
  };
}
