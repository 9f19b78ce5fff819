// parameters, gradient, state [length].
import type { AdamStep } from '../ops/adam.ts';

/**
 * g = gradient/samples + weightDecay·p; m' = β1·m + (1 − β1)·g; v' = β2·v + (1 − β2)·g²;
 * p' = p − learningRate·(decoupledWeightDecay·p + (m'/correction1)/(√(v'/correction2) + eps)); with `largest`, AMSGrad's,
 * max(largest, v') in the place of v'.
 */
export function adam(
  parameters: ArrayLike<number>,
  gradient: ArrayLike<number>,
  state: { average: ArrayLike<number>; squares: ArrayLike<number>; largest?: ArrayLike<number> | undefined },
  step: AdamStep,
): { parameters: number[]; average: number[]; squares: number[]; largest: number[] } {
  const { samples, learningRate, beta1, beta2, eps, correction1, correction2, weightDecay } = step;
  const g = Array.from(parameters, (p, i) => gradient[i]! / samples + weightDecay * p);
  const average = g.map((value, i) => beta1 * state.average[i]! + (1 - beta1) * value);
  const squares = g.map((value, i) => beta2 * state.squares[i]! + (1 - beta2) * value * value);
  const largest = squares.map((value, i) => Math.max(value, state.largest?.[i] ?? value));
  const direction = average.map((m, i) => m / correction1 / (Math.sqrt(largest[i]! / correction2) + eps));
  return {
    parameters: direction.map(
      (d, i) => parameters[i]! - learningRate * (d + step.decoupledWeightDecay * parameters[i]!),
    ),
    average,
    squares,
    largest,
  };
}
