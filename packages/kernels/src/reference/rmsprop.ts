// parameters, gradient, state [length].
import type { RmspropStep } from '../ops/rmsprop.ts';

/**
 * g = gradient/samples + weightDecay·p; squares' = α·squares + (1 − α)·g²; d = √squares' + eps, or with an average, average' =
 * α·average + (1 − α)·g, √(squares' − average'²) + eps; p' = p − learningRate·(g/d, or velocity' = momentum·velocity + g/d).
 */
export function rmsprop(
  parameters: ArrayLike<number>,
  gradient: ArrayLike<number>,
  state: {
    squares: ArrayLike<number>;
    average?: ArrayLike<number> | undefined;
    velocity?: ArrayLike<number> | undefined;
  },
  { samples, learningRate, alpha, eps, momentum, weightDecay }: RmspropStep,
): { parameters: number[]; squares: number[]; average: number[]; velocity: number[] } {
  const g = Array.from(parameters, (p, i) => gradient[i]! / samples + weightDecay * p);
  const squares = g.map((value, i) => alpha * state.squares[i]! + (1 - alpha) * value * value);
  const average = g.map((value, i) => (state.average ? alpha * state.average[i]! + (1 - alpha) * value : 0));
  const velocity = g.map((value, i) => {
    const variance = Math.max(0, squares[i]! - average[i]! ** 2);
    return (state.velocity ? momentum * state.velocity[i]! : 0) + value / (Math.sqrt(variance) + eps);
  });
  return { parameters: velocity.map((v, i) => parameters[i]! - learningRate * v), squares, average, velocity };
}
