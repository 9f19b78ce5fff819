// parameters, gradient, velocity [length].
import type { SgdStep } from '../ops/sgd.ts';

/** g = gradient/samples + weightDecay·p; v' = momentum·v + g; p' = p − learningRate·(v', or g + momentum·v' with Nesterov). */
export function sgd(
  parameters: ArrayLike<number>,
  gradient: ArrayLike<number>,
  velocity: ArrayLike<number>,
  step: SgdStep,
): { parameters: number[]; velocity: number[] } {
  const g = Array.from(parameters, (p, i) => gradient[i]! / step.samples + step.weightDecay * p);
  const nextVelocity = g.map((value, i) => step.momentum * velocity[i]! + value);
  const direction = step.nesterov ? g.map((value, i) => value + step.momentum * nextVelocity[i]!) : nextVelocity;
  return {
    parameters: Array.from(parameters, (p, i) => p - step.learningRate * direction[i]!),
    velocity: nextVelocity,
  };
}
