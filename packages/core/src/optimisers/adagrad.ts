import { adagrad } from '@lockstep/kernels';
import { z } from 'zod';
import type { Optimiser } from './optimiser.ts';
import { decaysPerTensor, weightDecayOf, weightDecayOptions } from './weight-decay.ts';

export const adagradOptions = z.strictObject({
  name: z.literal('adagrad'),
  lrDecay: z.number().min(0).default(0),
  eps: z.number().positive().default(1e-10),
  initialAccumulator: z.number().min(0).default(0),
  ...weightDecayOptions,
});

/**
 * Adagrad (Duchi et al. 2011): g ← g + weightDecay·p; s ← s + g²; p ← p − η/(1 + t·lrDecay)·g/(√s + eps), t steps having come
 * before; s begins with initialAccumulator. As `torch.optim.Adagrad`.
 */
export function adagradOptimiser(options: z.output<typeof adagradOptions>): Optimiser {
  const { lrDecay, eps, initialAccumulator } = options;
  return {
    stateVectors: 1,
    initialState: [initialAccumulator],
    perTensor: decaysPerTensor(options),
    usesNorms: false,
    update: (
      kernels,
      { parameters, nextParameters, gradient, state, nextState, length, samples, learningRate, step, tensor },
    ) => {
      adagrad(kernels, { parameters, nextParameters, gradient, sum: state[0]!, nextSum: nextState[0]! }, length, {
        samples,
        learningRate: learningRate / (1 + step * lrDecay),
        eps,
        weightDecay: weightDecayOf(options, tensor),
      });
    },
  };
}
