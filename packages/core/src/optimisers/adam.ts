import { type AdamStep, adam, type Kernels } from '@lockstep/kernels';
import { z } from 'zod';
import { biasCorrection } from './bias-correction.ts';
import type { Optimiser, Update } from './optimiser.ts';
import { decaysPerTensor, weightDecayOf, weightDecayOptions } from './weight-decay.ts';

/** The options that Adam and AdamW share. */
export const adamFields = {
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  eps: z.number().positive().default(1e-8),
  amsgrad: z.boolean().default(false),
  ...weightDecayOptions,
};

export const adamOptions = z.strictObject({ name: z.literal('adam'), ...adamFields });

interface AdamNumbers {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly amsgrad: boolean;
}

/** State of Adam and AdamW: averages of the gradients and of their squares, and for AMSGrad the largest of the latter. */
export const adamVectors = ({ amsgrad }: AdamNumbers): number => (amsgrad ? 3 : 2);

/** The update of Adam and AdamW, which differ in how the weights decay. */
export function updateByAdam(
  kernels: Kernels,
  update: Update,
  { beta1, beta2, eps, amsgrad }: AdamNumbers,
  decay: Pick<AdamStep, 'weightDecay' | 'decoupledWeightDecay'>,
): void {
  const { parameters, nextParameters, gradient, state, nextState, length, samples, learningRate, step } = update;
  const pointers = {
    parameters,
    nextParameters,
    gradient,
    average: state[0]!,
    nextAverage: nextState[0]!,
    squares: state[1]!,
    nextSquares: nextState[1]!,
    largest: amsgrad ? state[2] : undefined,
    nextLargest: amsgrad ? nextState[2] : undefined,
  };
  adam(kernels, pointers, length, {
    samples,
    learningRate,
    beta1,
    beta2,
    eps,
    correction1: biasCorrection(beta1, step + 1),
    correction2: biasCorrection(beta2, step + 1),
    ...decay,
  });
}

/**
 * Adam (Kingma and Ba 2015): g ← g + weightDecay·p; m ← β1·m + (1 − β1)·g; v ← β2·v + (1 − β2)·g²;
 * p ← p − learningRate·m/(1 − β1^t) / (√(v/(1 − β2^t)) + eps) at the t-th step. AMSGrad (Reddi et al. 2018) takes the largest v
 * so far. As `torch.optim.Adam`.
 */
export function adamOptimiser(options: z.output<typeof adamOptions>): Optimiser {
  return {
    stateVectors: adamVectors(options),
    perTensor: decaysPerTensor(options),
    usesNorms: false,
    update: (kernels, update) => {
      const weightDecay = weightDecayOf(options, update.tensor);
      updateByAdam(kernels, update, options, { weightDecay, decoupledWeightDecay: 0 });
    },
  };
}
