import { addRun, groupsOf, RUN_PIXELS } from './batch-norm-runs';
import { storeLanes } from './lanes';
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

/** Of so many pixels one says about where the mean is; of few pixels more, so that at least as many do. */
const SAMPLE: i32 = 16;

/** centre[c] += the mean of x − centre over pixels `step` bytes apart. */
function moveCentre(x: usize, end: usize, step: usize, groups: usize, centre: usize): void {
  const share = f32x4.splat(1 / <f32>((end - x + step - 1) / step));
  for (let c: usize = 0; c < groups << 2; c += 32) {
    const k = v128.load(centre + c), l = v128.load(centre + c, 16);
    let sa = f32x4.splat(0), sb = f32x4.splat(0);
    for (let p = x + c; p < end; p += step) {
      sa = f32x4.add(sa, f32x4.sub(v128.load(p), k));
      sb = f32x4.add(sb, f32x4.sub(v128.load(p, 16), l));
    }
    v128.store(centre + c, madd(sb, share, l), 16);
    v128.store(centre + c, madd(sa, share, k));
  }
}

/** sums[c] = Σ (x − centre), squares[c] = Σ (x − centre)² over a run of pixels. */
function runMoments(x: usize, end: usize, step: usize, groups: usize, centre: usize, sums: usize, squares: usize): void {
  for (let c: usize = 0; c < groups << 2; c += 32) {
    const k = v128.load(centre + c), l = v128.load(centre + c, 16);
    let sa = f32x4.splat(0), sb = f32x4.splat(0), qa = f32x4.splat(0), qb = f32x4.splat(0);
    let ta = f32x4.splat(0), tb = f32x4.splat(0), ra = f32x4.splat(0), rb = f32x4.splat(0);
    let p = x + c;
    for (; p + step < end; p += step) {
      const a = f32x4.sub(v128.load(p), k), b = f32x4.sub(v128.load(p, 16), l);
      sa = f32x4.add(sa, a);
      sb = f32x4.add(sb, b);
      qa = madd(a, a, qa);
      qb = madd(b, b, qb);
      p += step;
      const d = f32x4.sub(v128.load(p), k), e = f32x4.sub(v128.load(p, 16), l);
      ta = f32x4.add(ta, d);
      tb = f32x4.add(tb, e);
      ra = madd(d, d, ra);
      rb = madd(e, e, rb);
    }
    if (p < end) {
      const a = f32x4.sub(v128.load(p), k), b = f32x4.sub(v128.load(p, 16), l);
      sa = f32x4.add(sa, a);
      sb = f32x4.add(sb, b);
      qa = madd(a, a, qa);
      qb = madd(b, b, qb);
    }
    v128.store(sums + c, f32x4.add(sb, tb), 16);
    v128.store(sums + c, f32x4.add(sa, ta));
    v128.store(squares + c, f32x4.add(qb, rb), 16);
    v128.store(squares + c, f32x4.add(qa, ra));
  }
}

/**
 * One shard's mean and sum of squared deviations: row = [mean[channels], m2[channels]], float64.
 *
 * First some of the pixels say about where the mean is, in deviations from the first one; then all give their deviations from there
 * in float32, and what it was off. So nothing is lost to a mean that is large beside the deviations, nor to a first pixel that is far
 * off, and a channel that is constant has a deviation of exactly zero: since those pixels are among all, off² is at most 15 times the
 * variance. `pixels` is at least 1. `spare` holds 8·(channels + 8) floats.
 */
export function batchNormStatistics(x: usize, pixels: i32, channels: i32, row: usize, spare: usize): void {
  const inverse = 1.0 / <f64>pixels, groups = groupsOf(channels);
  const step = <usize>channels << 2, end = x + step * pixels, run = step * RUN_PIXELS;
  const sums = spare, squares = sums + (groups << 2), centre = squares + (groups << 2);
  const deviation = centre + (groups << 2), square = deviation + (groups << 3);
  memory.copy(centre, x, groups << 2);
  moveCentre(x, end, step * max(1, min(SAMPLE, pixels / SAMPLE)), groups, centre);
  memory.fill(deviation, 0, groups << 4);
  for (let p = x; p < end; p += run) {
    runMoments(p, min(p + run, end), step, groups, centre, sums, squares);
    addRun(sums, deviation, groups);
    addRun(squares, square, groups);
  }
  for (let c: usize = 0; c < <usize>channels; c++) {
    const sum = load<f64>(deviation + (c << 3)), off = sum * inverse;
    store<f64>(row + (c << 3), <f64>load<f32>(centre + (c << 2)) + off);
    store<f64>(row + ((c + channels) << 3), max<f64>(0, load<f64>(square + (c << 3)) - off * sum));
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
export function writeScale(inverse: usize, weight: usize, channels: i32, scale: usize): void {
  for (let c: usize = 0; c < <usize>channels << 2; c += 4) store<f32>(scale + c, load<f32>(inverse + c) * load<f32>(weight + c));
}

/**
 * y = (x − mean)·inverse·weight + bias for each channel, but not less than `least` nor more than `most`. y may be x. `spare`
 * holds channels + 4 floats. `pmin` and `pmax` are one instruction each where `min` and `max` are six; they too leave NaN as it is.
 */
export function batchNormApply(x: usize, y: usize, pixels: i32, channels: i32, mean: usize, inverse: usize, weight: usize, bias: usize, spare: usize, least: f32, most: f32): void {
  applyTo(false, x, x, y, pixels, channels, mean, inverse, weight, bias, spare, least, most);
}

/** y = (x − mean)·inverse·weight + bias + residual, but not less than `least`. y may be x or the residual. */
export function batchNormResidualApply(x: usize, residual: usize, y: usize, pixels: i32, channels: i32, mean: usize, inverse: usize, weight: usize, bias: usize, spare: usize, least: f32): void {
  applyTo(true, x, residual, y, pixels, channels, mean, inverse, weight, bias, spare, least, Infinity);
}

/** Four pixels at a time share the vectors of the channels. */
// @ts-ignore: decorator
@inline
function applyTo(adds: bool, x: usize, r: usize, y: usize, pixels: i32, channels: i32, mean: usize, inverse: usize, weight: usize, bias: usize, spare: usize, least: f32, most: f32): void {
  writeScale(inverse, weight, channels, spare);
  const floor = f32x4.splat(least), ceiling = f32x4.splat(most);
  const step = <usize>channels << 2, whole = step & ~31;
  for (let left = pixels; left > 0; ) {
    let at: usize = 0;
    const count = left >= 4 ? 4 : 1;
    for (; at < whole; at += 32) {
      const k = v128.load(mean + at), l = v128.load(mean + at, 16), w = v128.load(spare + at), v = v128.load(spare + at, 16);
      const d = v128.load(bias + at), e = v128.load(bias + at, 16);
      let p = x + at, q = r + at, to = y + at;
      applyPair(adds, p, q, to, k, l, w, v, d, e, floor, ceiling);
      if (count == 4) {
        p += step, q += step, to += step;
        applyPair(adds, p, q, to, k, l, w, v, d, e, floor, ceiling);
        p += step, q += step, to += step;
        applyPair(adds, p, q, to, k, l, w, v, d, e, floor, ceiling);
        p += step, q += step, to += step;
        applyPair(adds, p, q, to, k, l, w, v, d, e, floor, ceiling);
      }
    }
    for (; at < step; at += 16) {
      for (let p: usize = 0; p < step * count; p += step) {
        let value = normalised(x + p + at, mean + at, spare + at, bias + at);
        if (adds) value = f32x4.add(value, v128.load(r + p + at));
        storeLanes(y + p + at, f32x4.pmin(f32x4.pmax(value, floor), ceiling), <i32>(step - at) >> 2);
      }
    }
    left -= count;
    x += step * count;
    r += step * count;
    y += step * count;
  }
}

// @ts-ignore: decorator
@inline
function applyPair(adds: bool, x: usize, r: usize, y: usize, k: v128, l: v128, w: v128, v: v128, d: v128, e: v128, floor: v128, ceiling: v128): void {
  let a = madd(f32x4.sub(v128.load(x), k), w, d), b = madd(f32x4.sub(v128.load(x, 16), l), v, e);
  if (adds) {
    a = f32x4.add(a, v128.load(r));
    b = f32x4.add(b, v128.load(r, 16));
  }
  v128.store(y, f32x4.pmin(f32x4.pmax(b, floor), ceiling), 16);
  v128.store(y, f32x4.pmin(f32x4.pmax(a, floor), ceiling));
}

// @ts-ignore: decorator
@inline
function normalised(x: usize, mean: usize, scale: usize, bias: usize): v128 {
  return madd(f32x4.sub(v128.load(x), v128.load(mean)), v128.load(scale), v128.load(bias));
}
