import { madd } from './madd';

/**
 * RMSprop: g = gradient/samples + weightDecay·p; square' = α·square + (1 − α)·g²; d = √square' + eps; p' = p − rate·g/d.
 *
 * Centred, where `mean` is not 0: mean' = α·mean + (1 − α)·g, and d = √(square' − mean'²) + eps. The difference is never
 * negative but for rounding, which is cut off. With momentum, where `velocity` is not 0: velocity' = momentum·velocity + g/d
 * is in the place of g/d.
 *
 * `rest` is 1 − α, computed in double precision. `length` is a multiple of 4.
 */
export function rmsprop(
  p: usize, nextP: usize, gradient: usize, square: usize, nextSquare: usize, mean: usize, nextMean: usize, velocity: usize, nextVelocity: usize,
  length: i32, samples: f32, rate: f32, alpha: f32, rest: f32, eps: f32, momentum: f32, weightDecay: f32,
): void {
  const count = f32x4.splat(samples), decay = f32x4.splat(weightDecay), minus = f32x4.splat(-rate), epsilon = f32x4.splat(eps);
  const a = f32x4.splat(alpha), r = f32x4.splat(rest), mu = f32x4.splat(momentum), zero = f32x4.splat(0);
  const end = <usize>length << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const weight = v128.load(p + i);
    const g = madd(weight, decay, f32x4.div(v128.load(gradient + i), count));
    let variance = madd(f32x4.mul(g, g), r, f32x4.mul(v128.load(square + i), a));
    v128.store(nextSquare + i, variance);
    if (mean != 0) {
      const centre = madd(g, r, f32x4.mul(v128.load(mean + i), a));
      v128.store(nextMean + i, centre);
      variance = f32x4.max(madd(f32x4.neg(centre), centre, variance), zero);
    }
    let direction = f32x4.div(g, f32x4.add(f32x4.sqrt(variance), epsilon));
    if (velocity != 0) {
      direction = madd(v128.load(velocity + i), mu, direction);
      v128.store(nextVelocity + i, direction);
    }
    v128.store(nextP + i, madd(direction, minus, weight));
  }
}
