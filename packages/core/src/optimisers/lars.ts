import { lars } from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { TensorNorms } from './norms.ts';
import type { Optimiser } from './optimiser.ts';
import { isExcluded, weightDecayOf, weightDecayOptions } from './weight-decay.ts';

export const larsOptions = z.strictObject({
  name: z.literal('lars'),
  momentum: z.number().min(0).lt(1).default(0.9),
  trustCoefficient: z.number().positive().default(0.001),
  ...weightDecayOptions,
});

/**
 * LARS (You et al. 2017, "Large Batch Training of Convolutional Networks", algorithm 1): each tensor has a learning rate of
 * its own, λ = trustCoefficient·‖p‖/(‖g‖ + weightDecay·‖p‖); v ← momentum·v + learningRate·λ·(g + weightDecay·p); p ← p − v.
 *
 * λ is 1 where one of the norms is 0, so that a tensor that begins with zeros can be trained; and for tensors that
 * `decayExclude` names, which do not decay either.
 */
export function larsOptimiser(options: z.output<typeof larsOptions>): Optimiser {
  const { momentum, trustCoefficient } = options;
  return {
    stateVectors: 1,
    perTensor: true,
    usesNorms: true,
    update: (
      kernels,
      { parameters, nextParameters, gradient, state, nextState, length, samples, learningRate, tensor },
    ) => {
      if (!tensor?.norms) throw new CoreError('OPTIMISER_INVALID', 'lars: expected the norms of the tensor, got none');
      const weightDecay = weightDecayOf(options, tensor);
      const trust = isExcluded(options, tensor) ? 1 : trustRatio(tensor.norms, trustCoefficient, weightDecay);
      const pointers = { parameters, nextParameters, gradient, velocity: state[0]!, nextVelocity: nextState[0]! };
      lars(kernels, pointers, length, { samples, learningRate: learningRate * trust, momentum, weightDecay });
    },
  };
}

function trustRatio({ parameters, gradient }: TensorNorms, coefficient: number, weightDecay: number): number {
  if (parameters === 0 || gradient === 0) return 1;
  return (coefficient * parameters) / (gradient + weightDecay * parameters);
}
