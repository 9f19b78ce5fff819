// parameters, gradient, velocity [length].
import type { LarsStep } from '../ops/lars.ts';

/** v' = momentum·v + learningRate·(gradient/samples + weightDecay·p); p' = p − v'. */
export function lars(
  parameters: ArrayLike<number>,
  gradient: ArrayLike<number>,
  velocity: ArrayLike<number>,
  { samples, learningRate, momentum, weightDecay }: LarsStep,
): { parameters: number[]; velocity: number[] } {
  const next = Array.from(parameters, (p, i) => {
    const g = gradient[i]! / samples + weightDecay * p;
    return momentum * velocity[i]! + learningRate * g;
  });
  return { parameters: next.map((v, i) => parameters[i]! - v), velocity: next };
}
