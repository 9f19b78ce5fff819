import { type Kernels, sgd } from '@lockstep/kernels';
import { z } from 'zod';
import type { Optimiser } from './optimiser.ts';

export const sgdOptions = z.strictObject({
  name: z.literal('sgd'),
  momentum: z.number().min(0).lt(1).default(0.9),
  weightDecay: z.number().min(0).default(0),
  nesterov: z.boolean().default(false),
});

/**
 * Stochastic gradient descent with momentum: v ← momentum·v + g + weightDecay·p; p ← p − learningRate·v (with Nesterov,
 * − learningRate·(g + weightDecay·p + momentum·v)). As `torch.optim.SGD` with dampening 0.
 */
export function sgdOptimiser({ momentum, weightDecay, nesterov }: z.output<typeof sgdOptions>): Optimiser {
  return {
    stateVectors: 1,
    update: (
      kernels: Kernels,
      { parameters, nextParameters, gradient, state, nextState, length, samples, learningRate },
    ) => {
      sgd(kernels, { parameters, nextParameters, gradient, velocity: state[0]!, nextVelocity: nextState[0]! }, length, {
        samples,
        learningRate,
        momentum,
        weightDecay,
        nesterov,
      });
    },
  };
}
