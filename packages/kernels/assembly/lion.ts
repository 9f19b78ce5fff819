import { madd } from './madd';

/**
 * Lion: g = gradient/samples; c = β1·m + (1 − β1)·g; p' = shrink·p − rate·sign(c); m' = β2·m + (1 − β2)·g.
 *
 * The sign of 0 is 0, and that of a not-a-number is itself. `rest1`, `rest2` and shrink = 1 − rate·weightDecay are computed in
 * double precision. `length` is a multiple of 4.
 */
export function lion(p: usize, nextP: usize, gradient: usize, m: usize, nextM: usize, length: i32, samples: f32, rate: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, shrink: f32): void {
  const count = f32x4.splat(samples), minus = f32x4.splat(-rate), keep = f32x4.splat(shrink), zero = f32x4.splat(0), one = f32x4.splat(1);
  const b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1), b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2);
  const end = <usize>length << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const g = f32x4.div(v128.load(gradient + i), count);
    const average = v128.load(m + i);
    const c = madd(g, r1, f32x4.mul(average, b1));
    // ±1 with the sign of c where c is above or below 0; where it is neither, c itself.
    const signed = v128.bitselect(c, one, f32x4.splat(-0.0));
    const sign = v128.bitselect(signed, c, v128.or(f32x4.gt(c, zero), f32x4.lt(c, zero)));
    v128.store(nextP + i, madd(sign, minus, f32x4.mul(v128.load(p + i), keep)));
    v128.store(nextM + i, madd(g, r2, f32x4.mul(average, b2)));
  }
}
