import { checkInteger, type Kernels } from '../kernels.ts';

/** Numbers of one step of SGD; see https://pytorch.org/docs/stable/generated/torch.optim.SGD.html, dampening 0. */
export interface SgdStep {
  /** What the summed gradient is divided by: the number of samples of the whole batch. */
  readonly samples: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

/** Pointers of one step over a range of parameters: it reads `parameters` and `velocity` and writes the next ones. */
export interface SgdPointers {
  readonly parameters: number;
  readonly nextParameters: number;
  readonly gradient: number;
  readonly velocity: number;
  readonly nextVelocity: number;
}

/** One step of SGD over `length` floats, a multiple of 4. */
export function sgd(k: Kernels, at: SgdPointers, length: number, step: SgdStep): void {
  checkInteger('sgd: length / 4', length / 4, 0);
  for (const [name, pointer] of Object.entries(at)) k.check(`sgd: ${name}`, pointer, length);
  k.wasm.sgd(
    at.parameters,
    at.nextParameters,
    at.gradient,
    at.velocity,
    at.nextVelocity,
    length,
    step.samples,
    step.learningRate,
    step.momentum,
    step.weightDecay,
    step.nesterov ? 1 : 0,
  );
}
