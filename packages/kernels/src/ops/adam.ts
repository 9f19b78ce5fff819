import type { Kernels } from '../kernels.ts';
import { checkUpdate, type UpdatePointers } from './update-checks.ts';

/** Numbers of one step of {@link adam}. */
export interface AdamStep {
  /** What the summed gradient is divided by: the number of samples of the whole batch. Above 0. */
  readonly samples: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root, so that nothing is divided by 0. Above 0. */
  readonly eps: number;
  /** 1 − β1^t of the t-th step, counted from 1; above 0. */
  readonly correction1: number;
  /** 1 − β2^t; above 0. */
  readonly correction2: number;
  /** Added to the gradient, times the parameter: Adam's. */
  readonly weightDecay: number;
  /** What the parameter is shrunk by, times learning rate and parameter, beside the gradient: AdamW's. */
  readonly decoupledWeightDecay: number;
}

/** Regions of {@link adam}, float32 [length] each; the averages are all zeros before the first step. */
export interface AdamPointers extends UpdatePointers {
  /** Of the gradients. */
  readonly average: number;
  readonly nextAverage: number;
  /** Of the squared gradients. */
  readonly squares: number;
  readonly nextSquares: number;
  /** For AMSGrad: the largest that `squares` has been. */
  readonly largest?: number | undefined;
  readonly nextLargest?: number | undefined;
}

/**
 * One step of Adam (Kingma and Ba 2015), AMSGrad (Reddi et al. 2018) or AdamW (Loshchilov and Hutter 2019):
 * g = gradient/samples + weightDecay·p; m' = β1·m + (1 − β1)·g; v' = β2·v + (1 − β2)·g²;
 * p' = (1 − learningRate·decoupledWeightDecay)·p − learningRate/correction1 · m'/(√v'/√correction2 + eps), for AMSGrad with the
 * largest v' so far. That is `torch.optim.Adam` and `AdamW`, order of operations included.
 *
 * @param length floats, a multiple of 4
 * @throws KernelError `KERNEL_ARGUMENT` also for a number that is not finite, `KERNEL_POINTER`
 */
export function adam(k: Kernels, at: AdamPointers, length: number, step: AdamStep): void {
  const { samples, learningRate, beta1, beta2, eps, correction1, correction2, weightDecay, decoupledWeightDecay } =
    step;
  const { largest, nextLargest, ...regions } = at;
  const optional = largest === undefined ? undefined : { largest, nextLargest: nextLargest ?? 0 };
  const numbers = { learningRate, beta1, beta2, weightDecay, decoupledWeightDecay };
  checkUpdate(k, 'adam', { ...regions, ...optional }, length, numbers, { samples, eps, correction1, correction2 });
  k.wasm.adam(
    at.parameters,
    at.nextParameters,
    at.gradient,
    at.average,
    at.nextAverage,
    at.squares,
    at.nextSquares,
    optional?.largest ?? 0,
    optional?.nextLargest ?? 0,
    length,
    samples,
    learningRate / correction1,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    Math.sqrt(correction2),
    eps,
    weightDecay,
    1 - learningRate * decoupledWeightDecay,
  );
}
