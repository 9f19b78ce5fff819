import type { Kernels } from '../kernels.ts';
import { checkUpdate, type UpdatePointers } from './update-checks.ts';

/** Numbers of one step of {@link adagrad}. */
export interface AdagradStep {
  /** What the summed gradient is divided by: the number of samples of the whole batch. Above 0. */
  readonly samples: number;
  readonly learningRate: number;
  /** Added to the root, so that nothing is divided by 0. Above 0. */
  readonly eps: number;
  /** λ of a term λ/2·Σp² in the loss: λ·p is added to the gradient. */
  readonly weightDecay: number;
}

/** Regions of {@link adagrad}, float32 [length] each. */
export interface AdagradPointers extends UpdatePointers {
  /** Of the squared gradients; what it is before the first step is the caller's to choose, at least 0. */
  readonly sum: number;
  readonly nextSum: number;
}

/**
 * One step of Adagrad (Duchi et al. 2011): g = gradient/samples + weightDecay·p; sum' = sum + g²;
 * p' = p − learningRate·g/(√sum' + eps). That is `torch.optim.Adagrad`, whose `lr_decay` is in the caller's learning rate.
 *
 * @param length floats, a multiple of 4
 * @throws KernelError `KERNEL_ARGUMENT` also for a number that is not finite, `KERNEL_POINTER`
 */
export function adagrad(k: Kernels, at: AdagradPointers, length: number, step: AdagradStep): void {
  const { samples, learningRate, eps, weightDecay } = step;
  checkUpdate(k, 'adagrad', { ...at }, length, { learningRate, weightDecay }, { samples, eps });
  k.wasm.adagrad(
    at.parameters,
    at.nextParameters,
    at.gradient,
    at.sum,
    at.nextSum,
    length,
    samples,
    learningRate,
    eps,
    weightDecay,
  );
}
