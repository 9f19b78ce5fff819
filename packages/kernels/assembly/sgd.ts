import { madd } from './madd';

/**
 * SGD with momentum, as PyTorch's with dampening 0: g = gradient/samples + weightDecay·p; v' = momentum·v + g;
 * p' = p − rate·v', or p − rate·(g + momentum·v') with Nesterov.
 *
 * Reads p and v, writes p' and v' elsewhere: a step never overwrites what it reads. `length` is a multiple of 4.
 */
export function sgd(p: usize, nextP: usize, gradient: usize, v: usize, nextV: usize, length: i32, samples: f32, rate: f32, momentum: f32, weightDecay: f32, nesterov: bool): void {
  const count = f32x4.splat(samples), decay = f32x4.splat(weightDecay), mu = f32x4.splat(momentum), minus = f32x4.splat(-rate);
  const end = <usize>length << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const weight = v128.load(p + i);
    const g = madd(weight, decay, f32x4.div(v128.load(gradient + i), count));
    const velocity = madd(v128.load(v + i), mu, g);
    v128.store(nextV + i, velocity);
    v128.store(nextP + i, madd(nesterov ? madd(velocity, mu, g) : velocity, minus, weight));
  }
}
