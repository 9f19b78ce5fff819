import type { Kernels } from '../kernels.ts';
import { checkUpdate, type UpdatePointers } from './update-checks.ts';

/** Numbers of one step of {@link lars}; each is rounded to float32. */
export interface LarsStep {
  /** What the summed gradient is divided by: the number of samples of the whole batch. Above 0. */
  readonly samples: number;
  /** The global learning rate times the tensor's own. */
  readonly learningRate: number;
  readonly momentum: number;
  /** Added to the gradient, times the parameter. */
  readonly weightDecay: number;
}

/** Regions of {@link lars}, float32 [length] each, all of one tensor. */
export interface LarsPointers extends UpdatePointers {
  /** All zeros before the first step. */
  readonly velocity: number;
  readonly nextVelocity: number;
}

/**
 * One step of LARS (You et al. 2017, "Large Batch Training of Convolutional Networks", algorithm 1) on one tensor:
 * v' = momentum·v + learningRate·(gradient/samples + weightDecay·p); p' = p − v'. Other than SGD's, the velocity has the
 * learning rate in it, since the tensor's own changes from step to step.
 *
 * @param length floats, a multiple of 4
 * @throws KernelError `KERNEL_ARGUMENT` also for a number that is not finite, `KERNEL_POINTER`
 */
export function lars(k: Kernels, at: LarsPointers, length: number, step: LarsStep): void {
  const { samples, learningRate, momentum, weightDecay } = step;
  checkUpdate(k, 'lars', { ...at }, length, { learningRate, momentum, weightDecay }, { samples });
  k.wasm.lars(
    at.parameters,
    at.nextParameters,
    at.gradient,
    at.velocity,
    at.nextVelocity,
    length,
    samples,
    learningRate,
    momentum,
    weightDecay,
  );
}
