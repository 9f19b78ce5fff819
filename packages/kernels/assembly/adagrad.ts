import { madd } from './madd';

/**
 * Adagrad: g = gradient/samples + weightDecay·p; sum' = sum + g²; p' = p − rate·g/(√sum' + eps). `length` is a multiple of 4.
 */
export function adagrad(p: usize, nextP: usize, gradient: usize, sum: usize, nextSum: usize, length: i32, samples: f32, rate: f32, eps: f32, weightDecay: f32): void {
  const count = f32x4.splat(samples), decay = f32x4.splat(weightDecay), minus = f32x4.splat(-rate), epsilon = f32x4.splat(eps);
  const end = <usize>length << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const weight = v128.load(p + i);
    const g = madd(weight, decay, f32x4.div(v128.load(gradient + i), count));
    const squares = madd(g, g, v128.load(sum + i));
    v128.store(nextSum + i, squares);
    v128.store(nextP + i, madd(f32x4.div(g, f32x4.add(f32x4.sqrt(squares), epsilon)), minus, weight));
  }
}
