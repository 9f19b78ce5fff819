import { rmsprop } from '@lockstep/kernels';
import { z } from 'zod';
import type { Optimiser } from './optimiser.ts';
import { decaysPerTensor, weightDecayOf, weightDecayOptions } from './weight-decay.ts';

export const rmspropOptions = z.strictObject({
  name: z.literal('rmsprop'),
  alpha: z.number().min(0).lt(1).default(0.99),
  eps: z.number().positive().default(1e-8),
  momentum: z.number().min(0).lt(1).default(0),
  centered: z.boolean().default(false),
  ...weightDecayOptions,
});

/**
 * RMSprop (Tieleman and Hinton 2012, lecture 6.5): g ← g + weightDecay·p; s ← α·s + (1 − α)·g²; v ← momentum·v +
 * g/(√s + eps); p ← p − learningRate·v. Centred (Graves 2013): a ← α·a + (1 − α)·g, and s − a² in the place of s. As
 * `torch.optim.RMSprop`.
 *
 * State: s; then a where centred; then v where there is momentum.
 */
export function rmspropOptimiser(options: z.output<typeof rmspropOptions>): Optimiser {
  const { alpha, eps, momentum, centered } = options;
  const velocityIndex = centered ? 2 : 1;
  return {
    stateVectors: velocityIndex + (momentum > 0 ? 1 : 0),
    perTensor: decaysPerTensor(options),
    usesNorms: false,
    update: (
      kernels,
      { parameters, nextParameters, gradient, state, nextState, length, samples, learningRate, tensor },
    ) => {
      const pointers = {
        parameters,
        nextParameters,
        gradient,
        squares: state[0]!,
        nextSquares: nextState[0]!,
        average: centered ? state[1] : undefined,
        nextAverage: centered ? nextState[1] : undefined,
        velocity: state[velocityIndex],
        nextVelocity: nextState[velocityIndex],
      };
      const weightDecay = weightDecayOf(options, tensor);
      rmsprop(kernels, pointers, length, { samples, learningRate, alpha, eps, momentum, weightDecay });
    },
  };
}
