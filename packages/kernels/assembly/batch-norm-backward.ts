import { writeGradientVectors, writeScale } from './batch-norm-channels';
import { addRun, FAR_PIXEL, FAR_PIXELS, groupsOf, RUN_PIXELS } from './batch-norm-runs';
import { storeLanes } from './lanes';
import { madd } from './madd';
import { reluBackward } from './relu';
import { LINE, touch } from './vectors';

// What an activation behind the normalisation lets through: all, what is above 0, or what is besides at most a limit.
const LINEAR: i32 = 0;
const OPEN_ABOVE: i32 = 1;
const OPEN_BETWEEN: i32 = 2;
// What is above 0 after something else was added to it: that cannot be computed again, so the output is read.
const OUTPUT_ABOVE: i32 = 3;

// @ts-ignore: decorator
@inline
function kindOf(clipped: bool, most: f32): i32 {
  return clipped ? (most == Infinity ? OPEN_ABOVE : OPEN_BETWEEN) : LINEAR;
}

/** Zeros that V8 cannot know to be such: it makes a constant anew wherever it is used. */
// @ts-ignore: decorator
@inline
function zeros(channels: i32): v128 {
  return f32x4.splat(<f32>(channels >> 31));
}

/**
 * sums[c] = Σ dy, products[c] = Σ dy·(x − mean) over a run of pixels, where dy counts only where the activation is open to the forward
 * pass's value, (x − mean)·open + bias, or to the output y; then what counts is written over dy.
 */
// @ts-ignore: decorator
@inline
function runGradients(kind: i32, x: usize, dy: usize, end: usize, step: usize, groups: usize, mean: usize, open: usize, bias: usize, most: f32, y: usize, sums: usize, products: usize): void {
  const byOutput = kind == OUTPUT_ABOVE, zero = zeros(<i32>groups), ceiling = f32x4.splat(most);
  for (let c: usize = 0; c < groups << 2; c += 32) {
    const k = v128.load(mean + c), l = v128.load(mean + c, 16);
    const w = v128.load(open + c), z = v128.load(open + c, 16), d = v128.load(bias + c), e = v128.load(bias + c, 16);
    let su = f32x4.splat(0), sv = f32x4.splat(0), qu = f32x4.splat(0), qv = f32x4.splat(0);
    let tu = f32x4.splat(0), tv = f32x4.splat(0), ru = f32x4.splat(0), rv = f32x4.splat(0);
    let p = x + c, g = dy + c, q = y + c;
    for (; p + step < end; p += step, g += step, q += step) {
      const a = f32x4.sub(v128.load(p), k), b = f32x4.sub(v128.load(p, 16), l);
      const u = openPart(kind, v128.load(g), a, byOutput ? v128.load(q) : w, d, zero, ceiling);
      const v = openPart(kind, v128.load(g, 16), b, byOutput ? v128.load(q, 16) : z, e, zero, ceiling);
      if (byOutput) {
        v128.store(g, v, 16);
        v128.store(g, u);
      }
      su = f32x4.add(su, u);
      sv = f32x4.add(sv, v);
      qu = madd(u, a, qu);
      qv = madd(v, b, qv);
      p += step;
      g += step;
      q += step;
      const f = f32x4.sub(v128.load(p), k), h = f32x4.sub(v128.load(p, 16), l);
      const m = openPart(kind, v128.load(g), f, byOutput ? v128.load(q) : w, d, zero, ceiling);
      const n = openPart(kind, v128.load(g, 16), h, byOutput ? v128.load(q, 16) : z, e, zero, ceiling);
      if (byOutput) {
        v128.store(g, n, 16);
        v128.store(g, m);
      }
      tu = f32x4.add(tu, m);
      tv = f32x4.add(tv, n);
      ru = madd(m, f, ru);
      rv = madd(n, h, rv);
    }
    if (p < end) {
      const a = f32x4.sub(v128.load(p), k), b = f32x4.sub(v128.load(p, 16), l);
      const u = openPart(kind, v128.load(g), a, byOutput ? v128.load(q) : w, d, zero, ceiling);
      const v = openPart(kind, v128.load(g, 16), b, byOutput ? v128.load(q, 16) : z, e, zero, ceiling);
      if (byOutput) {
        v128.store(g, v, 16);
        v128.store(g, u);
      }
      su = f32x4.add(su, u);
      sv = f32x4.add(sv, v);
      qu = madd(u, a, qu);
      qv = madd(v, b, qv);
    }
    v128.store(sums + c, f32x4.add(sv, tv), 16);
    v128.store(sums + c, f32x4.add(su, tu));
    v128.store(products + c, f32x4.add(qv, rv), 16);
    v128.store(products + c, f32x4.add(qu, ru));
  }
}

// Functions of their own: as calls that differ in a constant alone they would be made one, with a branch for each vector.
function linearRun(x: usize, dy: usize, end: usize, step: usize, groups: usize, mean: usize, sums: usize, products: usize): void {
  runGradients(LINEAR, x, dy, end, step, groups, mean, mean, mean, 0, x, sums, products);
}
function openRun(x: usize, dy: usize, end: usize, step: usize, groups: usize, mean: usize, open: usize, bias: usize, sums: usize, products: usize): void {
  runGradients(OPEN_ABOVE, x, dy, end, step, groups, mean, open, bias, 0, x, sums, products);
}
function betweenRun(x: usize, dy: usize, end: usize, step: usize, groups: usize, mean: usize, open: usize, bias: usize, most: f32, sums: usize, products: usize): void {
  runGradients(OPEN_BETWEEN, x, dy, end, step, groups, mean, open, bias, most, x, sums, products);
}
function outputRun(x: usize, dy: usize, end: usize, step: usize, groups: usize, mean: usize, y: usize, sums: usize, products: usize): void {
  runGradients(OUTPUT_ABOVE, x, dy, end, step, groups, mean, mean, mean, 0, y, sums, products);
}

/** The gradient where the activation is open to deviation·open + bias, or to the output, which is in the place of `open` then; else 0. */
// @ts-ignore: decorator
@inline
function openPart(kind: i32, gradient: v128, deviation: v128, open: v128, bias: v128, zero: v128, ceiling: v128): v128 {
  if (kind == LINEAR) return gradient;
  const value = kind == OUTPUT_ABOVE ? open : madd(deviation, open, bias), above = v128.and(gradient, f32x4.gt(value, zero));
  return kind != OPEN_BETWEEN ? above : v128.and(above, f32x4.le(value, ceiling));
}

/**
 * One shard's sums for the backward pass: row = [Σ dy, Σ dy·(x − mean)], float64. `pixels` may be 0. If `clipped`, dy counts
 * only where the forward pass's value, computed again, is more than 0 and at most `most`. `spare` holds 8·(channels + 8) floats.
 */
export function batchNormBackwardSums(x: usize, dy: usize, pixels: i32, channels: i32, mean: usize, row: usize, inverse: usize, weight: usize, bias: usize, spare: usize, clipped: bool, most: f32): void {
  const open = spare + (groupsOf(channels) * 6 << 2);
  if (clipped) writeScale(inverse, weight, channels, open);
  shardSums(kindOf(clipped, most), x, dy, pixels, channels, mean, row, open, bias, spare, most, x);
}

/**
 * The same where something was added to what was normalised, and a ReLU gave y: dy counts only where y is more than 0. What counts is
 * the gradient with respect to both summands, and is written over dy.
 */
export function batchNormResidualSums(x: usize, y: usize, dy: usize, pixels: i32, channels: i32, mean: usize, row: usize, spare: usize): void {
  if ((channels & 7) == 0) {
    shardSums(OUTPUT_ABOVE, x, dy, pixels, channels, mean, row, mean, mean, spare, 0, y);
    return;
  }
  // A last group of eight channels would write beyond the end.
  reluBackward(y, dy, dy, pixels * channels);
  shardSums(LINEAR, x, dy, pixels, channels, mean, row, mean, mean, spare, 0, y);
}

function shardSums(kind: i32, x: usize, dy: usize, pixels: i32, channels: i32, mean: usize, row: usize, open: usize, bias: usize, spare: usize, most: f32, y: usize): void {
  const groups = groupsOf(channels), step = <usize>channels << 2, run = step * RUN_PIXELS, end = x + step * pixels;
  const sums = spare, products = sums + (groups << 2), sum = products + (groups << 2), product = sum + (groups << 3);
  memory.fill(sum, 0, groups << 4);
  for (; x < end; x += run, dy += run, y += run) {
    const last = min(x + run, end);
    // The pixels of a run are gone through channels first, in an order that no prefetcher sees through; this one it does.
    touch(x, last - x, LINE, sums);
    touch(dy, last - x, LINE, products);
    if (kind == OUTPUT_ABOVE) touch(y, last - x, LINE, sums);
    if (kind == OPEN_ABOVE) openRun(x, dy, last, step, groups, mean, open, bias, sums, products);
    else if (kind == LINEAR) linearRun(x, dy, last, step, groups, mean, sums, products);
    else if (kind == OUTPUT_ABOVE) outputRun(x, dy, last, step, groups, mean, y, sums, products);
    else betweenRun(x, dy, last, step, groups, mean, open, bias, most, sums, products);
    addRun(sums, sum, groups);
    addRun(products, product, groups);
  }
  const bytes = <usize>channels << 3;
  memory.copy(row, sum, bytes);
  memory.copy(row + bytes, product, bytes);
}

/**
 * dx = weight·inverse·(dy − Σdy/n − (x − mean)·inverse²·Σ(dy·(x − mean))/n), with the sums over the whole batch. dx may
 * be dy. If `clipped`, dy counts only where the forward pass's value is more than 0 and at most `most`. `spare` holds
 * 4·(channels + 5) floats.
 */
export function batchNormBackwardApply(x: usize, dy: usize, dx: usize, pixels: i32, channels: i32, row: usize, n: f64, mean: usize, inverse: usize, weight: usize, bias: usize, spare: usize, clipped: bool, most: f32): void {
  const vector = <usize>(channels + 4) << 2;
  const scale = spare, slope = spare + vector, offset = slope + vector, open = offset + vector;
  if (clipped) writeScale(inverse, weight, channels, open);
  writeGradientVectors(row, n, channels, inverse, weight, scale, slope, offset);
  const kind = kindOf(clipped, most), ceiling = f32x4.splat(most);
  const step = <usize>channels << 2, isFar = step >= FAR_PIXEL;
  for (let left = pixels; left > 0; ) {
    const count = isFar ? min(left, FAR_PIXELS) : left, bytes = step * count;
    if (isFar) {
      touch(x, bytes, LINE, open + vector);
      touch(dy, bytes, LINE, open + vector);
    }
    if (kind == OPEN_ABOVE) openBackward(x, dy, dx, count, channels, mean, scale, slope, offset, open, bias);
    else if (kind == LINEAR) linearBackward(x, dy, dx, count, channels, mean, scale, slope, offset);
    else backward(OPEN_BETWEEN, x, dy, dx, count, channels, mean, scale, slope, offset, open, bias, ceiling);
    left -= count;
    x += bytes;
    dy += bytes;
    dx += bytes;
  }
}

/** dx = dy·scale + (x − mean)·slope + offset for each channel. dx may be dy. */
export function linearBackward(x: usize, dy: usize, dx: usize, pixels: i32, channels: i32, mean: usize, scale: usize, slope: usize, offset: usize): void {
  backward(LINEAR, x, dy, dx, pixels, channels, mean, scale, slope, offset, mean, mean, f32x4.splat(0));
}

/** As {@link linearBackward}, where dy counts only where (x − mean)·open + bias is above 0. */
export function openBackward(x: usize, dy: usize, dx: usize, pixels: i32, channels: i32, mean: usize, scale: usize, slope: usize, offset: usize, open: usize, bias: usize): void {
  backward(OPEN_ABOVE, x, dy, dx, pixels, channels, mean, scale, slope, offset, open, bias, f32x4.splat(0));
}

/** As {@link linearBackward}, where dy counts only where the activation is open. Four pixels at a time share the vectors of the channels. */
// @ts-ignore: decorator
@inline
function backward(kind: i32, x: usize, dy: usize, dx: usize, pixels: i32, channels: i32, mean: usize, scale: usize, slope: usize, offset: usize, open: usize, bias: usize, ceiling: v128): void {
  const step = <usize>channels << 2, whole = step & ~31, zero = zeros(channels);
  for (let left = pixels; left > 0; ) {
    let at: usize = 0;
    const count = left >= 4 ? 4 : 1;
    for (; at < whole; at += 32) {
      const k = v128.load(mean + at), l = v128.load(mean + at, 16), s = v128.load(scale + at), t = v128.load(scale + at, 16);
      const m = v128.load(slope + at), n = v128.load(slope + at, 16), o = v128.load(offset + at), q = v128.load(offset + at, 16);
      const w = v128.load(open + at), v = v128.load(open + at, 16), d = v128.load(bias + at), e = v128.load(bias + at, 16);
      let p = x + at, g = dy + at, to = dx + at;
      backwardPair(kind, p, g, to, k, l, s, t, m, n, o, q, w, v, d, e, zero, ceiling);
      if (count == 4) {
        p += step, g += step, to += step;
        backwardPair(kind, p, g, to, k, l, s, t, m, n, o, q, w, v, d, e, zero, ceiling);
        p += step, g += step, to += step;
        backwardPair(kind, p, g, to, k, l, s, t, m, n, o, q, w, v, d, e, zero, ceiling);
        p += step, g += step, to += step;
        backwardPair(kind, p, g, to, k, l, s, t, m, n, o, q, w, v, d, e, zero, ceiling);
      }
    }
    for (; at < step; at += 16) {
      for (let p: usize = 0; p < step * count; p += step) {
        const deviation = f32x4.sub(v128.load(x + p + at), v128.load(mean + at));
        const gradient = openPart(kind, v128.load(dy + p + at), deviation, v128.load(open + at), v128.load(bias + at), zero, ceiling);
        const linear = madd(deviation, v128.load(slope + at), v128.load(offset + at));
        storeLanes(dx + p + at, madd(gradient, v128.load(scale + at), linear), <i32>(step - at) >> 2);
      }
    }
    left -= count;
    x += step * count;
    dy += step * count;
    dx += step * count;
  }
}

// @ts-ignore: decorator
@inline
function backwardPair(kind: i32, x: usize, dy: usize, dx: usize, k: v128, l: v128, s: v128, t: v128, m: v128, n: v128, o: v128, q: v128, w: v128, v: v128, d: v128, e: v128, zero: v128, ceiling: v128): void {
  const f = f32x4.sub(v128.load(x), k), g = f32x4.sub(v128.load(x, 16), l);
  const u = openPart(kind, v128.load(dy), f, w, d, zero, ceiling), z = openPart(kind, v128.load(dy, 16), g, v, e, zero, ceiling);
  const a = madd(u, s, madd(f, m, o)), b = madd(z, t, madd(g, n, q));
  v128.store(dx, b, 16);
  v128.store(dx, a);
}
