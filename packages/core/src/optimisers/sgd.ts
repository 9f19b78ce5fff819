import { sgd } from '@lockstep/kernels';
import { z } from 'zod';
import type { Optimiser } from './optimiser.ts';
import { decaysPerTensor, weightDecayOf, weightDecayOptions } from './weight-decay.ts';

export const sgdOptions = z.strictObject({
  name: z.literal('sgd'),
  momentum: z.number().min(0).lt(1).default(0.9),
  nesterov: z.boolean().default(false),
  ...weightDecayOptions,
});

/**
 * Stochastic gradient descent with momentum: v ← momentum·v + g + weightDecay·p; p ← p − learningRate·v (with Nesterov,
 * − learningRate·(g + weightDecay·p + momentum·v)). As `torch.optim.SGD` with dampening 0.
 */
export function sgdOptimiser(options: z.output<typeof sgdOptions>): Optimiser {
  const { momentum, nesterov } = options;
  return {
    stateVectors: 1,
    perTensor: decaysPerTensor(options),
    usesNorms: false,
    update: (
      kernels,
      { parameters, nextParameters, gradient, state, nextState, length, samples, learningRate, tensor },
    ) => {
      sgd(kernels, { parameters, nextParameters, gradient, velocity: state[0]!, nextVelocity: nextState[0]! }, length, {
        samples,
        learningRate,
        momentum,
        weightDecay: weightDecayOf(options, tensor),
        nesterov,
      });
    },
  };
}
