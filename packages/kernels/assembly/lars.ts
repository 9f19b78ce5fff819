import { madd } from './madd';

/**
 * LARS on one tensor: v' = momentum·v + rate·(gradient/samples + weightDecay·p); p' = p − v'. `rate` is the learning rate times
 * the tensor's own, which its norms decide. `length` is a multiple of 4.
 */
export function lars(p: usize, nextP: usize, gradient: usize, v: usize, nextV: usize, length: i32, samples: f32, rate: f32, momentum: f32, weightDecay: f32): void {
  const count = f32x4.splat(samples), decay = f32x4.splat(weightDecay), mu = f32x4.splat(momentum), gamma = f32x4.splat(rate);
  const end = <usize>length << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const weight = v128.load(p + i);
    const g = madd(weight, decay, f32x4.div(v128.load(gradient + i), count));
    const velocity = madd(v128.load(v + i), mu, f32x4.mul(g, gamma));
    v128.store(nextV + i, velocity);
    v128.store(nextP + i, f32x4.sub(weight, velocity));
  }
}
