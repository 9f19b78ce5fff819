import type { Kernels } from '../kernels.ts';
import { checkUpdate, type UpdatePointers } from './update-checks.ts';

/** Numbers of one step of {@link lion}. */
export interface LionStep {
  /** What the summed gradient is divided by: the number of samples of the whole batch. Above 0. */
  readonly samples: number;
  readonly learningRate: number;
  /** How much of the average goes into the direction. */
  readonly beta1: number;
  /** How much of the average stays. */
  readonly beta2: number;
  /** What the parameter is shrunk by, times learning rate and parameter, beside the gradient. */
  readonly weightDecay: number;
}

/** Regions of {@link lion}, float32 [length] each. */
export interface LionPointers extends UpdatePointers {
  /** Of the gradients; all zeros before the first step. */
  readonly average: number;
  readonly nextAverage: number;
}

/**
 * One step of Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2): g = gradient/samples;
 * p' = p − learningRate·(sign(β1·m + (1 − β1)·g) + weightDecay·p); m' = β2·m + (1 − β2)·g.
 *
 * @param length floats, a multiple of 4
 * @throws KernelError `KERNEL_ARGUMENT` also for a number that is not finite, `KERNEL_POINTER`
 */
export function lion(k: Kernels, at: LionPointers, length: number, step: LionStep): void {
  const { samples, learningRate, beta1, beta2, weightDecay } = step;
  checkUpdate(k, 'lion', { ...at }, length, { learningRate, beta1, beta2, weightDecay }, { samples });
  k.wasm.lion(
    at.parameters,
    at.nextParameters,
    at.gradient,
    at.average,
    at.nextAverage,
    length,
    samples,
    learningRate,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    1 - learningRate * weightDecay,
  );
}
