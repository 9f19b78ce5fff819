// parameters, gradient, sum [length].
import type { AdagradStep } from '../ops/adagrad.ts';

/** g = gradient/samples + weightDecay·p; sum' = sum + g²; p' = p − learningRate·g/(√sum' + eps). */
export function adagrad(
  parameters: ArrayLike<number>,
  gradient: ArrayLike<number>,
  sum: ArrayLike<number>,
  { samples, learningRate, eps, weightDecay }: AdagradStep,
): { parameters: number[]; sum: number[] } {
  const g = Array.from(parameters, (p, i) => gradient[i]! / samples + weightDecay * p);
  const nextSum = g.map((value, i) => sum[i]! + value * value);
  return {
    parameters: g.map((value, i) => parameters[i]! - (learningRate * value) / (Math.sqrt(nextSum[i]!) + eps)),
    sum: nextSum,
  };
}
