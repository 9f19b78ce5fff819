import type { Kernels } from '../kernels.ts';
import { checkUpdate, type UpdatePointers } from './update-checks.ts';

/** Numbers of one step of {@link rmsprop}. */
export interface RmspropStep {
  /** What the summed gradient is divided by: the number of samples of the whole batch. Above 0. */
  readonly samples: number;
  readonly learningRate: number;
  /** How much of an average stays. */
  readonly alpha: number;
  /** Added to the root, so that nothing is divided by 0. Above 0. */
  readonly eps: number;
  /** Of no effect without a velocity. */
  readonly momentum: number;
  /** λ of a term λ/2·Σp² in the loss: λ·p is added to the gradient. */
  readonly weightDecay: number;
}

/** Regions of {@link rmsprop}, float32 [length] each; the state is all zeros before the first step. */
export interface RmspropPointers extends UpdatePointers {
  /** Average of the squared gradients. */
  readonly squares: number;
  readonly nextSquares: number;
  /** Average of the gradients, for the centred form. */
  readonly average?: number | undefined;
  readonly nextAverage?: number | undefined;
  /** For momentum. */
  readonly velocity?: number | undefined;
  readonly nextVelocity?: number | undefined;
}

/**
 * One step of RMSprop (Tieleman and Hinton 2012, lecture 6.5; centred: Graves 2013): g = gradient/samples + weightDecay·p;
 * squares' = α·squares + (1 − α)·g²; d = √squares' + eps; p' = p − learningRate·g/d. With an average, average' =
 * α·average + (1 − α)·g and d = √(squares' − average'²) + eps. With a velocity, velocity' = momentum·velocity + g/d and
 * p' = p − learningRate·velocity'.
 *
 * That is `torch.optim.RMSprop`; but where rounding makes squares' − average'² negative, which is not-a-number there, it is 0
 * here.
 *
 * @param length floats, a multiple of 4
 * @throws KernelError `KERNEL_ARGUMENT` also for a number that is not finite, `KERNEL_POINTER`
 */
export function rmsprop(k: Kernels, at: RmspropPointers, length: number, step: RmspropStep): void {
  const { samples, learningRate, alpha, eps, momentum, weightDecay } = step;
  const { average, nextAverage, velocity, nextVelocity, ...regions } = at;
  const centred = average === undefined ? undefined : { average, nextAverage: nextAverage ?? 0 };
  const moving = velocity === undefined ? undefined : { velocity, nextVelocity: nextVelocity ?? 0 };
  const numbers = { learningRate, alpha, momentum, weightDecay };
  checkUpdate(k, 'rmsprop', { ...regions, ...centred, ...moving }, length, numbers, { samples, eps });
  k.wasm.rmsprop(
    at.parameters,
    at.nextParameters,
    at.gradient,
    at.squares,
    at.nextSquares,
    centred?.average ?? 0,
    centred?.nextAverage ?? 0,
    moving?.velocity ?? 0,
    moving?.nextVelocity ?? 0,
    length,
    samples,
    learningRate,
    alpha,
    1 - alpha,
    eps,
    momentum,
    weightDecay,
  );
}
