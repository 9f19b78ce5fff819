import { high, low, storeLanes } from './lanes';
import { madd } from './madd';

/**
 * Batch normalisation in the parts that synchronisation needs: each shard's statistics, their combination over all
 * shards, and what is then applied. Statistics are exchanged as one row of float64 a shard, and every worker combines all rows
 * in the order of the tree, to the same bits.
 *
 * A shard's sums are made in float32 over runs of pixels, and those of the runs in double precision: a run is so short that it
 * costs no more than a few roundings, and goes three times as fast.
 *
 * Eight channels at a time, two vectors side by side, which V8's revectoriser pairs. The last group may read past the tensor's
 * end (the arena leaves room) and stores only the channels there are.
 */

/** Pixels whose values are summed in float32. */
const RUN_PIXELS: i32 = 16;

// @ts-ignore: decorator
@inline
function storePair(pointer: usize, pair: v128, count: i32): void {
  if (count > 0) store<f64>(pointer, f64x2.extract_lane(pair, 0));
  if (count > 1) store<f64>(pointer, f64x2.extract_lane(pair, 1), 8);
}

/** Two pairs of float64 as four float32. */
// @ts-ignore: decorator
@inline
function narrow(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}

/**
 * One shard's mean and sum of squared deviations: row = [mean[channels], m2[channels]], float64.
 *
 * Goes over the pixels twice: first for the mean, in deviations from the first pixel; then for the deviations from that mean in
 * float32, and what it was off. So nothing is lost to a mean that is large beside the deviations, nor to a first pixel that is far
 * off, and a channel that is constant has a deviation of exactly zero. `pixels` is at least 1.
 */
export function batchNormStatistics(x: usize, pixels: i32, channels: i32, row: usize): void {
  const inverse = f64x2.splat(1.0 / <f64>pixels), zero = f64x2.splat(0);
  const step = <usize>channels << 2;
  for (let c = 0; c < channels; c += 8) {
    const start = x + (<usize>c << 2);
    let a0 = v128.load(start), b0 = v128.load(start, 16), p = start;
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero;
    for (let first = 0; first < pixels; first += RUN_PIXELS) {
      const end = p + step * min(RUN_PIXELS, pixels - first);
      let sa = f32x4.splat(0), sb = sa;
      for (; p < end; p += step) {
        sa = f32x4.add(sa, f32x4.sub(v128.load(p), a0));
        sb = f32x4.add(sb, f32x4.sub(v128.load(p, 16), b0));
      }
      s0 = f64x2.add(s0, low(sa)); s1 = f64x2.add(s1, high(sa)); s2 = f64x2.add(s2, low(sb)); s3 = f64x2.add(s3, high(sb));
    }
    a0 = narrow(f64x2.add(low(a0), f64x2.mul(s0, inverse)), f64x2.add(high(a0), f64x2.mul(s1, inverse)));
    b0 = narrow(f64x2.add(low(b0), f64x2.mul(s2, inverse)), f64x2.add(high(b0), f64x2.mul(s3, inverse)));
    s0 = zero; s1 = zero; s2 = zero; s3 = zero;
    let q0 = zero, q1 = zero, q2 = zero, q3 = zero;
    p = start;
    for (let first = 0; first < pixels; first += RUN_PIXELS) {
      const end = p + step * min(RUN_PIXELS, pixels - first);
      let sa = f32x4.splat(0), sb = sa, qa = sa, qb = sa;
      for (; p < end; p += step) {
        const a = f32x4.sub(v128.load(p), a0), b = f32x4.sub(v128.load(p, 16), b0);
        sa = f32x4.add(sa, a); sb = f32x4.add(sb, b);
        qa = madd(a, a, qa); qb = madd(b, b, qb);
      }
      s0 = f64x2.add(s0, low(sa)); s1 = f64x2.add(s1, high(sa)); s2 = f64x2.add(s2, low(sb)); s3 = f64x2.add(s3, high(sb));
      q0 = f64x2.add(q0, low(qa)); q1 = f64x2.add(q1, high(qa)); q2 = f64x2.add(q2, low(qb)); q3 = f64x2.add(q3, high(qb));
    }
    const left = channels - c;
    const mean = row + (<usize>c << 3), m2 = mean + (<usize>channels << 3);
    const m0 = f64x2.mul(s0, inverse), m1 = f64x2.mul(s1, inverse), n2 = f64x2.mul(s2, inverse), n3 = f64x2.mul(s3, inverse);
    storePair(mean, f64x2.add(low(a0), m0), left); storePair(mean + 16, f64x2.add(high(a0), m1), left - 2);
    storePair(mean + 32, f64x2.add(low(b0), n2), left - 4); storePair(mean + 48, f64x2.add(high(b0), n3), left - 6);
    storePair(m2, f64x2.max(zero, f64x2.sub(q0, f64x2.mul(m0, s0))), left);
    storePair(m2 + 16, f64x2.max(zero, f64x2.sub(q1, f64x2.mul(m1, s1))), left - 2);
    storePair(m2 + 32, f64x2.max(zero, f64x2.sub(q2, f64x2.mul(n2, s2))), left - 4);
    storePair(m2 + 48, f64x2.max(zero, f64x2.sub(q3, f64x2.mul(n3, s3))), left - 6);
  }
}

/**
 * The statistics of the whole batch: combines the rows of all shards in place, in the order of the tree (Chan et al. 1979),
 * into row 0. counts[s] is shard s's number of pixels, float64, and is overwritten too; a shard without pixels leaves the other side as it is.
 */
export function batchNormCombine(rows: usize, counts: usize, shards: i32, channels: i32, merges: usize): void {
  const rowBytes = <usize>channels << 4, half = <usize>channels << 3;
  let top = 0;
  for (let s = 0; s < shards; s++) {
    if (s != top) {
      memory.copy(rows + rowBytes * top, rows + rowBytes * s, rowBytes);
      store<f64>(counts + (<usize>top << 3), load<f64>(counts + (<usize>s << 3)));
    }
    for (let left = load<i32>(merges + (<usize>s << 2)); left > 0; left--) {
      top--;
      const a = rows + rowBytes * top, b = a + rowBytes;
      const n = load<f64>(counts + (<usize>top << 3)), m = load<f64>(counts + (<usize>(top + 1) << 3));
      store<f64>(counts + (<usize>top << 3), n + m);
      if (m == 0) continue;
      if (n == 0) {
        memory.copy(a, b, rowBytes);
        continue;
      }
      const share = m / (n + m), weight = n * share;
      for (let c: usize = 0; c < half; c += 8) {
        const delta = load<f64>(b + c) - load<f64>(a + c);
        store<f64>(a + c, load<f64>(a + c) + delta * share);
        store<f64>(a + half + c, load<f64>(a + half + c) + load<f64>(b + half + c) + delta * delta * weight);
      }
    }
    top++;
  }
}

/**
 * From the batch's [mean, m2] over n pixels: the float32 vectors mean, 1/√(m2/n + eps), and the running statistics
 * r' = (1 − momentum)·r + momentum·(mean, m2/(n − 1)), from one place to another.
 */
export function batchNormFinish(row: usize, n: f64, channels: i32, eps: f64, momentum: f64, mean: usize, inverse: usize, runningMean: usize, runningVariance: usize, nextMean: usize, nextVariance: usize): void {
  const half = <usize>channels << 3;
  for (let c: usize = 0; c < <usize>channels; c++) {
    const mu = load<f64>(row + (c << 3)), m2 = load<f64>(row + half + (c << 3));
    const at = c << 2;
    store<f32>(mean + at, <f32>mu);
    store<f32>(inverse + at, <f32>(1.0 / Math.sqrt(m2 / n + eps)));
    store<f32>(nextMean + at, <f32>((1.0 - momentum) * <f64>load<f32>(runningMean + at) + momentum * mu));
    store<f32>(nextVariance + at, <f32>((1.0 - momentum) * <f64>load<f32>(runningVariance + at) + momentum * (m2 / (n - 1.0))));
  }
}

/** inverse = 1/√(variance + eps): evaluation, where the running variance takes the place of the batch's. */
export function batchNormInverse(variance: usize, channels: i32, eps: f64, inverse: usize): void {
  for (let c: usize = 0; c < <usize>channels; c++) {
    store<f32>(inverse + (c << 2), <f32>(1.0 / Math.sqrt(<f64>load<f32>(variance + (c << 2)) + eps)));
  }
}

/** scale[c] = inverse·weight: what the forward pass multiplies by, and the backward pass again to see where a ReLU was open. */
// @ts-ignore: decorator
@inline
function writeScale(inverse: usize, weight: usize, channels: i32, scale: usize): void {
  for (let c: usize = 0; c < <usize>channels << 2; c += 4) store<f32>(scale + c, load<f32>(inverse + c) * load<f32>(weight + c));
}

/**
 * y = (x − mean)·inverse·weight + bias for each channel, and its positive part if `relu`. y may be x. `spare` holds
 * channels + 4 floats.
 */
export function batchNormApply(x: usize, y: usize, pixels: i32, channels: i32, mean: usize, inverse: usize, weight: usize, bias: usize, spare: usize, relu: bool): void {
  writeScale(inverse, weight, channels, spare);
  const least = f32x4.splat(relu ? 0 : -Infinity);
  const step = <usize>channels << 2, whole = step & ~31;
  for (let i = 0; i < pixels; i++) {
    let at: usize = 0;
    for (; at < whole; at += 32) {
      const a = normalised(x + at, mean + at, spare + at, bias + at), b = normalised(x + at + 16, mean + at + 16, spare + at + 16, bias + at + 16);
      v128.store(y + at, f32x4.max(a, least));
      v128.store(y + at, f32x4.max(b, least), 16);
    }
    for (; at < step; at += 16) {
      storeLanes(y + at, f32x4.max(normalised(x + at, mean + at, spare + at, bias + at), least), <i32>(step - at) >> 2);
    }
    x += step;
    y += step;
  }
}

// @ts-ignore: decorator
@inline
function normalised(x: usize, mean: usize, scale: usize, bias: usize): v128 {
  return madd(f32x4.sub(v128.load(x), v128.load(mean)), v128.load(scale), v128.load(bias));
}

/**
 * One shard's sums for the backward pass: row = [Σ dy, Σ dy·(x − mean)], float64. `pixels` may be 0. With `relu`, dy counts
 * only where the forward pass's value, computed again, is positive; `spare` holds channels + 4 floats then.
 */
export function batchNormBackwardSums(x: usize, dy: usize, pixels: i32, channels: i32, mean: usize, row: usize, inverse: usize, weight: usize, bias: usize, spare: usize, relu: bool): void {
  if (relu) writeScale(inverse, weight, channels, spare);
  const zero = f32x4.splat(0);
  for (let c = 0; c < channels; c += 8) {
    let p = x + (<usize>c << 2), g = dy + (<usize>c << 2);
    const k = v128.load(mean + (<usize>c << 2)), l = v128.load(mean + (<usize>c << 2), 16);
    const w = spare + (<usize>c << 2), d = bias + (<usize>c << 2);
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
    for (let first = 0; first < pixels; first += RUN_PIXELS) {
      const end = p + (<usize>(min(RUN_PIXELS, pixels - first) * channels) << 2);
      let su = f32x4.splat(0), sv = su, qu = su, qv = su;
      for (; p < end; p += <usize>channels << 2, g += <usize>channels << 2) {
        const a = f32x4.sub(v128.load(p), k), b = f32x4.sub(v128.load(p, 16), l);
        let u = v128.load(g), v = v128.load(g, 16);
        if (relu) {
          u = v128.and(u, f32x4.gt(madd(a, v128.load(w), v128.load(d)), zero));
          v = v128.and(v, f32x4.gt(madd(b, v128.load(w, 16), v128.load(d, 16)), zero));
        }
        su = f32x4.add(su, u); sv = f32x4.add(sv, v);
        qu = madd(u, a, qu); qv = madd(v, b, qv);
      }
      s0 = f64x2.add(s0, low(su)); s1 = f64x2.add(s1, high(su)); s2 = f64x2.add(s2, low(sv)); s3 = f64x2.add(s3, high(sv));
      q0 = f64x2.add(q0, low(qu)); q1 = f64x2.add(q1, high(qu)); q2 = f64x2.add(q2, low(qv)); q3 = f64x2.add(q3, high(qv));
    }
    const left = channels - c;
    const sum = row + (<usize>c << 3), product = sum + (<usize>channels << 3);
    storePair(sum, s0, left); storePair(sum + 16, s1, left - 2); storePair(sum + 32, s2, left - 4); storePair(sum + 48, s3, left - 6);
    storePair(product, q0, left); storePair(product + 16, q1, left - 2); storePair(product + 32, q2, left - 4); storePair(product + 48, q3, left - 6);
  }
}

/** Adds the rows of `length` float64 in the order of the tree, in place, into row 0. */
export function treeSumDouble(rows: usize, shards: i32, length: i32, merges: usize): void {
  const bytes = <usize>length << 3;
  let top = rows;
  for (let s = 0; s < shards; s++) {
    const row = rows + bytes * <usize>s;
    if (row != top) memory.copy(top, row, bytes);
    for (let left = load<i32>(merges + (<usize>s << 2)); left > 0; left--) {
      top -= bytes;
      for (let i: usize = 0; i < bytes; i += 8) store<f64>(top + i, load<f64>(top + i) + load<f64>(top + bytes + i));
    }
    top += bytes;
  }
}

/** One shard's share of the parameters' gradients: dweight = Σ dy·(x − mean)·inverse, dbias = Σ dy. */
export function batchNormParameterGradient(row: usize, channels: i32, inverse: usize, dweight: usize, dbias: usize): void {
  const half = <usize>channels << 3;
  for (let c: usize = 0; c < <usize>channels; c++) {
    store<f32>(dweight + (c << 2), <f32>(load<f64>(row + half + (c << 3)) * <f64>load<f32>(inverse + (c << 2))));
    store<f32>(dbias + (c << 2), <f32>load<f64>(row + (c << 3)));
  }
}

/**
 * dx = weight·inverse·(dy − Σdy/n − (x − mean)·inverse²·Σ(dy·(x − mean))/n), with the sums over the whole batch. dx may
 * be dy. With `relu`, dy counts only where the forward pass's value is positive. `spare` holds 4·(channels + 4) floats.
 */
export function batchNormBackwardApply(x: usize, dy: usize, dx: usize, pixels: i32, channels: i32, row: usize, n: f64, mean: usize, inverse: usize, weight: usize, bias: usize, spare: usize, relu: bool): void {
  const half = <usize>channels << 3, vector = <usize>(channels + 4) << 2;
  const scale = spare, slope = spare + vector, offset = slope + vector, open = offset + vector;
  if (relu) writeScale(inverse, weight, channels, open);
  for (let c: usize = 0; c < <usize>channels; c++) {
    const at = c << 2;
    const invstd = <f64>load<f32>(inverse + at), a = <f64>load<f32>(weight + at) * invstd;
    store<f32>(scale + at, <f32>a);
    store<f32>(slope + at, <f32>(-a * invstd * invstd * load<f64>(row + half + (c << 3)) / n));
    store<f32>(offset + at, <f32>(-a * load<f64>(row + (c << 3)) / n));
  }
  linearBackward(x, dy, dx, pixels, channels, mean, scale, slope, offset, open, bias, relu);
}

/**
 * dx = dy·scale + (x − mean)·slope + offset for each channel. dx may be dy. With `relu`, dy counts only where
 * (x − mean)·open + bias is positive.
 */
export function linearBackward(x: usize, dy: usize, dx: usize, pixels: i32, channels: i32, mean: usize, scale: usize, slope: usize, offset: usize, open: usize, bias: usize, relu: bool): void {
  const step = <usize>channels << 2, whole = step & ~31;
  for (let i = 0; i < pixels; i++) {
    let at: usize = 0;
    if (relu) {
      for (; at < whole; at += 32) {
        const a = openGradient(x + at, dy + at, mean + at, open + at, bias + at);
        const b = openGradient(x + at + 16, dy + at + 16, mean + at + 16, open + at + 16, bias + at + 16);
        const c = gradientOf(x + at, a, mean + at, scale + at, slope + at, offset + at);
        const d = gradientOf(x + at + 16, b, mean + at + 16, scale + at + 16, slope + at + 16, offset + at + 16);
        v128.store(dx + at, c);
        v128.store(dx + at, d, 16);
      }
    } else {
      for (; at < whole; at += 32) {
        const c = gradientOf(x + at, v128.load(dy + at), mean + at, scale + at, slope + at, offset + at);
        const d = gradientOf(x + at + 16, v128.load(dy + at, 16), mean + at + 16, scale + at + 16, slope + at + 16, offset + at + 16);
        v128.store(dx + at, c);
        v128.store(dx + at, d, 16);
      }
    }
    for (; at < step; at += 16) {
      const gradient = relu ? openGradient(x + at, dy + at, mean + at, open + at, bias + at) : v128.load(dy + at);
      storeLanes(dx + at, gradientOf(x + at, gradient, mean + at, scale + at, slope + at, offset + at), <i32>(step - at) >> 2);
    }
    x += step;
    dy += step;
    dx += step;
  }
}

/** dy where the forward pass's value, computed again, is positive; else 0. */
// @ts-ignore: decorator
@inline
function openGradient(x: usize, dy: usize, mean: usize, open: usize, bias: usize): v128 {
  return v128.and(v128.load(dy), f32x4.gt(normalised(x, mean, open, bias), f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function gradientOf(x: usize, gradient: v128, mean: usize, scale: usize, slope: usize, offset: usize): v128 {
  return madd(gradient, v128.load(scale), normalised(x, mean, slope, offset));
}
