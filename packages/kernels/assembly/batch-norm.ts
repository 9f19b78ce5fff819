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

/** Pixels whose values are summed in float32: those with an even place and those with an odd one, each in an accumulator of its own. */
const RUN_PIXELS: i32 = 32;
/** Of so many pixels one says about where the mean is; of few pixels more, so that at least as many do. */
const SAMPLE: i32 = 16;

// What an activation behind the normalisation lets through: all, what is above 0, or what is besides at most a limit.
const LINEAR: i32 = 0;
const OPEN_ABOVE: i32 = 1;
const OPEN_BETWEEN: i32 = 2;

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

/** Channels in whole groups of eight. */
// @ts-ignore: decorator
@inline
function groupsOf(channels: i32): usize {
  return <usize>((channels + 7) & ~7);
}

/**
 * Reads a value of each line, one line after the other. A run's pixels are gone through channels first, in an order that no
 * prefetcher sees through; this one it does. The value keeps the reads from being left out.
 */
function touch(from: usize, end: usize): i32 {
  let bits = 0;
  for (; from < end; from += 64) bits |= load<i32>(from);
  return bits;
}

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

/** totals[c] += sums[c], float64 and float32, over whole groups of channels. */
function addRun(sums: usize, totals: usize, groups: usize): void {
  for (let end = sums + (groups << 2); sums < end; sums += 32, totals += 64) {
    const a = v128.load(sums), b = v128.load(sums, 16);
    v128.store(totals, f64x2.add(v128.load(totals, 16), high(a)), 16);
    v128.store(totals, f64x2.add(v128.load(totals), low(a)));
    v128.store(totals, f64x2.add(v128.load(totals, 48), high(b)), 48);
    v128.store(totals, f64x2.add(v128.load(totals, 32), low(b)), 32);
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
 * holds channels + 4 floats. Four pixels at a time share the vectors of the channels. `pmin` and `pmax` are one
 * instruction each where `min` and `max` are six; they too leave NaN as it is.
 */
export function batchNormApply(x: usize, y: usize, pixels: i32, channels: i32, mean: usize, inverse: usize, weight: usize, bias: usize, spare: usize, least: f32, most: f32): void {
  writeScale(inverse, weight, channels, spare);
  const floor = f32x4.splat(least), ceiling = f32x4.splat(most);
  const step = <usize>channels << 2, whole = step & ~31;
  for (let left = pixels; left > 0; ) {
    let at: usize = 0;
    const count = left >= 4 ? 4 : 1;
    for (; at < whole; at += 32) {
      const k = v128.load(mean + at), l = v128.load(mean + at, 16), w = v128.load(spare + at), v = v128.load(spare + at, 16);
      const d = v128.load(bias + at), e = v128.load(bias + at, 16);
      let p = x + at, to = y + at;
      applyPair(p, to, k, l, w, v, d, e, floor, ceiling);
      if (count == 4) {
        p += step, to += step;
        applyPair(p, to, k, l, w, v, d, e, floor, ceiling);
        p += step, to += step;
        applyPair(p, to, k, l, w, v, d, e, floor, ceiling);
        p += step, to += step;
        applyPair(p, to, k, l, w, v, d, e, floor, ceiling);
      }
    }
    for (; at < step; at += 16) {
      for (let p: usize = 0; p < step * count; p += step) {
        const value = normalised(x + p + at, mean + at, spare + at, bias + at);
        storeLanes(y + p + at, f32x4.pmin(f32x4.pmax(value, floor), ceiling), <i32>(step - at) >> 2);
      }
    }
    left -= count;
    x += step * count;
    y += step * count;
  }
}

// @ts-ignore: decorator
@inline
function applyPair(x: usize, y: usize, k: v128, l: v128, w: v128, v: v128, d: v128, e: v128, floor: v128, ceiling: v128): void {
  const a = madd(f32x4.sub(v128.load(x), k), w, d), b = madd(f32x4.sub(v128.load(x, 16), l), v, e);
  v128.store(y, f32x4.pmin(f32x4.pmax(b, floor), ceiling), 16);
  v128.store(y, f32x4.pmin(f32x4.pmax(a, floor), ceiling));
}

// @ts-ignore: decorator
@inline
function normalised(x: usize, mean: usize, scale: usize, bias: usize): v128 {
  return madd(f32x4.sub(v128.load(x), v128.load(mean)), v128.load(scale), v128.load(bias));
}

/**
 * sums[c] = Σ dy, products[c] = Σ dy·(x − mean) over a run of pixels, where dy counts only where the activation is open to the forward
 * pass's value, (x − mean)·open + bias.
 */
// @ts-ignore: decorator
@inline
function runGradients(kind: i32, x: usize, dy: usize, end: usize, step: usize, groups: usize, mean: usize, open: usize, bias: usize, most: f32, sums: usize, products: usize): void {
  const zero = zeros(<i32>groups), ceiling = f32x4.splat(most);
  for (let c: usize = 0; c < groups << 2; c += 32) {
    const k = v128.load(mean + c), l = v128.load(mean + c, 16);
    const w = v128.load(open + c), z = v128.load(open + c, 16), d = v128.load(bias + c), e = v128.load(bias + c, 16);
    let su = f32x4.splat(0), sv = f32x4.splat(0), qu = f32x4.splat(0), qv = f32x4.splat(0);
    let tu = f32x4.splat(0), tv = f32x4.splat(0), ru = f32x4.splat(0), rv = f32x4.splat(0);
    let p = x + c, g = dy + c;
    for (; p + step < end; p += step, g += step) {
      const a = f32x4.sub(v128.load(p), k), b = f32x4.sub(v128.load(p, 16), l);
      const u = openPart(kind, v128.load(g), a, w, d, zero, ceiling), v = openPart(kind, v128.load(g, 16), b, z, e, zero, ceiling);
      su = f32x4.add(su, u);
      sv = f32x4.add(sv, v);
      qu = madd(u, a, qu);
      qv = madd(v, b, qv);
      p += step;
      g += step;
      const f = f32x4.sub(v128.load(p), k), h = f32x4.sub(v128.load(p, 16), l);
      const m = openPart(kind, v128.load(g), f, w, d, zero, ceiling), n = openPart(kind, v128.load(g, 16), h, z, e, zero, ceiling);
      tu = f32x4.add(tu, m);
      tv = f32x4.add(tv, n);
      ru = madd(m, f, ru);
      rv = madd(n, h, rv);
    }
    if (p < end) {
      const a = f32x4.sub(v128.load(p), k), b = f32x4.sub(v128.load(p, 16), l);
      const u = openPart(kind, v128.load(g), a, w, d, zero, ceiling), v = openPart(kind, v128.load(g, 16), b, z, e, zero, ceiling);
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
  runGradients(LINEAR, x, dy, end, step, groups, mean, mean, mean, 0, sums, products);
}
function openRun(x: usize, dy: usize, end: usize, step: usize, groups: usize, mean: usize, open: usize, bias: usize, sums: usize, products: usize): void {
  runGradients(OPEN_ABOVE, x, dy, end, step, groups, mean, open, bias, 0, sums, products);
}
function betweenRun(x: usize, dy: usize, end: usize, step: usize, groups: usize, mean: usize, open: usize, bias: usize, most: f32, sums: usize, products: usize): void {
  runGradients(OPEN_BETWEEN, x, dy, end, step, groups, mean, open, bias, most, sums, products);
}

/** The gradient where the activation is open to deviation·open + bias, else 0. */
// @ts-ignore: decorator
@inline
function openPart(kind: i32, gradient: v128, deviation: v128, open: v128, bias: v128, zero: v128, ceiling: v128): v128 {
  if (kind == LINEAR) return gradient;
  const value = madd(deviation, open, bias), above = v128.and(gradient, f32x4.gt(value, zero));
  return kind == OPEN_ABOVE ? above : v128.and(above, f32x4.le(value, ceiling));
}

/**
 * One shard's sums for the backward pass: row = [Σ dy, Σ dy·(x − mean)], float64. `pixels` may be 0. If `clipped`, dy counts
 * only where the forward pass's value, computed again, is more than 0 and at most `most`. `spare` holds 8·(channels + 8) floats.
 */
export function batchNormBackwardSums(x: usize, dy: usize, pixels: i32, channels: i32, mean: usize, row: usize, inverse: usize, weight: usize, bias: usize, spare: usize, clipped: bool, most: f32): void {
  const groups = groupsOf(channels), step = <usize>channels << 2, run = step * RUN_PIXELS, end = x + step * pixels;
  const sums = spare, products = sums + (groups << 2), open = products + (groups << 2);
  const sum = open + (groups << 2), product = sum + (groups << 3);
  const kind = kindOf(clipped, most);
  if (clipped) writeScale(inverse, weight, channels, open);
  memory.fill(sum, 0, groups << 4);
  for (; x < end; x += run, dy += run) {
    const last = min(x + run, end);
    store<i32>(sums, touch(x, last) | touch(dy, dy + (last - x)));
    if (kind == OPEN_ABOVE) openRun(x, dy, last, step, groups, mean, open, bias, sums, products);
    else if (kind == LINEAR) linearRun(x, dy, last, step, groups, mean, sums, products);
    else betweenRun(x, dy, last, step, groups, mean, open, bias, most, sums, products);
    addRun(sums, sum, groups);
    addRun(products, product, groups);
  }
  const bytes = <usize>channels << 3;
  memory.copy(row, sum, bytes);
  memory.copy(row + bytes, product, bytes);
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
 * be dy. If `clipped`, dy counts only where the forward pass's value is more than 0 and at most `most`. `spare` holds
 * 4·(channels + 4) floats.
 */
export function batchNormBackwardApply(x: usize, dy: usize, dx: usize, pixels: i32, channels: i32, row: usize, n: f64, mean: usize, inverse: usize, weight: usize, bias: usize, spare: usize, clipped: bool, most: f32): void {
  const half = <usize>channels << 3, vector = <usize>(channels + 4) << 2;
  const scale = spare, slope = spare + vector, offset = slope + vector, open = offset + vector;
  if (clipped) writeScale(inverse, weight, channels, open);
  for (let c: usize = 0; c < <usize>channels; c++) {
    const at = c << 2;
    const invstd = <f64>load<f32>(inverse + at), a = <f64>load<f32>(weight + at) * invstd;
    store<f32>(scale + at, <f32>a);
    store<f32>(slope + at, <f32>(-a * invstd * invstd * load<f64>(row + half + (c << 3)) / n));
    store<f32>(offset + at, <f32>(-a * load<f64>(row + (c << 3)) / n));
  }
  const kind = kindOf(clipped, most), ceiling = f32x4.splat(most);
  if (kind == OPEN_ABOVE) openBackward(x, dy, dx, pixels, channels, mean, scale, slope, offset, open, bias);
  else if (kind == LINEAR) linearBackward(x, dy, dx, pixels, channels, mean, scale, slope, offset);
  else backward(OPEN_BETWEEN, x, dy, dx, pixels, channels, mean, scale, slope, offset, open, bias, ceiling);
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
