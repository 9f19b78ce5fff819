import { madd } from './madd';

/**
 * Adam and AdamW: g = gradient/samples + weightDecay·p; m' = β1·m + (1 − β1)·g; v' = β2·v + (1 − β2)·g²;
 * p' = shrink·p − rate·m'/(√v'/root + eps). With AMSGrad, where `largest` is not 0, largest' = max(largest, v') is in the
 * place of v' in the last one.
 *
 * The caller computes in double precision: rest1 = 1 − β1, rest2 = 1 − β2, and from the number of the step
 * rate = learningRate/(1 − β1^t) and root = √(1 − β2^t). `length` is a multiple of 4.
 */
export function adam(
  p: usize, nextP: usize, gradient: usize, m: usize, nextM: usize, v: usize, nextV: usize, largest: usize, nextLargest: usize,
  length: i32, samples: f32, rate: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, root: f32, eps: f32, weightDecay: f32, shrink: f32,
): void {
  const count = f32x4.splat(samples), minus = f32x4.splat(-rate), decay = f32x4.splat(weightDecay), keep = f32x4.splat(shrink);
  const b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1), b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2);
  const divisor = f32x4.splat(root), epsilon = f32x4.splat(eps);
  const end = <usize>length << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const weight = v128.load(p + i);
    const g = madd(weight, decay, f32x4.div(v128.load(gradient + i), count));
    const first = madd(g, r1, f32x4.mul(v128.load(m + i), b1));
    let second = madd(f32x4.mul(g, g), r2, f32x4.mul(v128.load(v + i), b2));
    v128.store(nextM + i, first);
    v128.store(nextV + i, second);
    if (largest != 0) {
      second = f32x4.max(v128.load(largest + i), second);
      v128.store(nextLargest + i, second);
    }
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(second), divisor), epsilon);
    v128.store(nextP + i, madd(f32x4.div(first, denominator), minus, f32x4.mul(weight, keep)));
  }
}
