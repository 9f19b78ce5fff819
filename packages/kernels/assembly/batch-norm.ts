import { writeRow, writeScale } from './batch-norm-channels';
import { addRun, FAR_PIXEL, FAR_PIXELS, groupsOf, RUN_PIXELS } from './batch-norm-runs';
import { storeLanes } from './lanes';
import { madd } from './madd';
import { LINE, touch } from './vectors';

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
  const groups = groupsOf(channels);
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
  writeRow(centre, deviation, square, channels, <f64>pixels, row);
}

/**
 * y = (x − mean)·inverse·weight + bias for each channel, but not less than `least` nor more than `most`. y may be x. `spare`
 * holds channels + 8 floats. `pmin` and `pmax` are one instruction each where `min` and `max` are six; they too leave NaN as it is.
 */
export function batchNormApply(x: usize, y: usize, pixels: i32, channels: i32, mean: usize, inverse: usize, weight: usize, bias: usize, spare: usize, least: f32, most: f32): void {
  const step = <usize>channels << 2, isFar = step >= FAR_PIXEL;
  writeScale(inverse, weight, channels, spare);
  for (let left = pixels; left > 0; ) {
    const count = isFar ? min(left, FAR_PIXELS) : left, bytes = step * count;
    if (isFar) touch(x, bytes, LINE, spare + step + 16);
    applyTo(false, x, x, y, count, channels, mean, bias, spare, least, most);
    left -= count;
    x += bytes;
    y += bytes;
  }
}

/** y = (x − mean)·inverse·weight + bias + residual, but not less than `least`. y may be x or the residual. */
export function batchNormResidualApply(x: usize, residual: usize, y: usize, pixels: i32, channels: i32, mean: usize, inverse: usize, weight: usize, bias: usize, spare: usize, least: f32): void {
  writeScale(inverse, weight, channels, spare);
  applyTo(true, x, residual, y, pixels, channels, mean, bias, spare, least, Infinity);
}

/** Four pixels at a time share the vectors of the channels. */
// @ts-ignore: decorator
@inline
function applyTo(adds: bool, x: usize, r: usize, y: usize, pixels: i32, channels: i32, mean: usize, bias: usize, spare: usize, least: f32, most: f32): void {
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
