// parameters, gradient, average [length].
import type { LionStep } from '../ops/lion.ts';

/** g = gradient/samples; p' = p − learningRate·(sign(β1·m + (1 − β1)·g) + weightDecay·p); m' = β2·m + (1 − β2)·g. */
export function lion(
  parameters: ArrayLike<number>,
  gradient: ArrayLike<number>,
  average: ArrayLike<number>,
  { samples, learningRate, beta1, beta2, weightDecay }: LionStep,
): { parameters: number[]; average: number[] } {
  const g = Array.from(gradient, (value) => value / samples);
  return {
    parameters: g.map((value, i) => {
      const p = parameters[i]!;
      return p - learningRate * (Math.sign(beta1 * average[i]! + (1 - beta1) * value) + weightDecay * p);
    }),
    average: g.map((value, i) => beta2 * average[i]! + (1 - beta2) * value),
  };
}
