import { KernelError } from '../errors.ts';
import { checkInteger, type Kernels } from '../kernels.ts';

/** Numbers of one step of {@link sgd}; each is rounded to float32. */
export interface SgdStep {
  /** What the summed gradient is divided by: the number of samples of the whole batch. Above 0. */
  readonly samples: number;
  readonly learningRate: number;
  readonly momentum: number;
  /** λ of a term λ/2·Σp² in the loss: λ·p is added to the gradient. */
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

/** Regions of {@link sgd}, float32 [length] each. A step reads three of them and writes the *next* ones. */
export interface SgdPointers {
  readonly parameters: number;
  readonly nextParameters: number;
  /** Summed over the samples of the batch, not averaged. */
  readonly gradient: number;
  /** All zeros before the first step. */
  readonly velocity: number;
  readonly nextVelocity: number;
}

/**
 * One step of SGD with momentum: g = gradient/samples + weightDecay·p; v' = momentum·v + g; p' = p − learningRate·v', or
 * p − learningRate·(g + momentum·v') with Nesterov. That is `torch.optim.SGD` with dampening 0
 * (https://pytorch.org/docs/stable/generated/torch.optim.SGD.html).
 *
 * @param length floats, a multiple of 4
 * @throws KernelError `KERNEL_ARGUMENT` also for a number that is not finite, `KERNEL_POINTER`
 */
export function sgd(k: Kernels, at: SgdPointers, length: number, step: SgdStep): void {
  checkInteger('sgd: length / 4', length / 4, 0);
  k.checkAll('sgd', at, length);
  const { samples, learningRate, momentum, weightDecay } = step;
  for (const [name, value] of Object.entries({ samples, learningRate, momentum, weightDecay })) {
    if (!Number.isFinite(value) || (name === 'samples' && value <= 0)) {
      const expected = name === 'samples' ? 'a number above 0' : 'a finite number';
      throw new KernelError('KERNEL_ARGUMENT', `sgd: ${name}: expected ${expected}, got ${value}`);
    }
  }
  k.wasm.sgd(
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
    step.nesterov ? 1 : 0,
  );
}
