import { high, low, storeDoubles, storeLanes, toFloats } from './lanes';

/**
 * What batch norm does once a channel, and not once a pixel: four channels at a time, in double precision. Lanes of float64 round as
 * one value does, so that the bits are those of the formulas, value by value. The last group may read past the end of a
 * vector (the arena leaves room) and stores only the channels there are.
 */

/** scale[c] = inverse·weight: what the forward pass multiplies by, and the backward pass again to see where a ReLU was open; whole groups of four. */
export function writeScale(inverse: usize, weight: usize, channels: i32, scale: usize): void {
  for (let c: usize = 0; c < <usize>channels << 2; c += 16) {
    v128.store(scale + c, f32x4.mul(v128.load(inverse + c), v128.load(weight + c)));
  }
}

/** row = [centre + Σd/n, Σd² − (Σd)²/n], where d are the deviations from the centre. */
export function writeRow(centre: usize, sums: usize, squares: usize, channels: i32, n: f64, row: usize): void {
  const half = <usize>channels << 3, inverse = f64x2.splat(1.0 / n);
  let left = channels;
  for (; left >= 4; left -= 4, centre += 16, sums += 32, squares += 32, row += 32) writeFour(centre, sums, squares, inverse, row, half, 4);
  if (left > 0) writeFour(centre, sums, squares, inverse, row, half, left);
}

// @ts-ignore: decorator
@inline
function writeFour(centre: usize, sums: usize, squares: usize, inverse: v128, row: usize, half: usize, count: i32): void {
  const zero = f64x2.splat(0), k = v128.load(centre);
  const s = v128.load(sums), t = v128.load(sums, 16), a = f64x2.mul(s, inverse), b = f64x2.mul(t, inverse);
  const q = v128.load(squares), r = v128.load(squares, 16);
  storeDoubles(row, f64x2.add(low(k), a), f64x2.add(high(k), b), count);
  storeDoubles(row + half, f64x2.pmax(f64x2.sub(q, f64x2.mul(a, s)), zero), f64x2.pmax(f64x2.sub(r, f64x2.mul(b, t)), zero), count);
}

/**
 * The statistics of the whole batch: combines the rows of all shards in the order of the tree (Chan et al. 1979), into `whole`, a stack of
 * rows of which the first is the result. counts[s] is shard s's number of pixels, float64, and is overwritten; a shard without
 * pixels leaves the other side as it is. `whole` may be `rows`.
 */
export function batchNormCombine(rows: usize, counts: usize, shards: i32, channels: i32, merges: usize, whole: usize): void {
  const rowBytes = <usize>channels << 4;
  let top: usize = 0;
  for (let s: usize = 0; s < <usize>shards; s++) {
    let row = rows + rowBytes * s, m = load<f64>(counts + (s << 3));
    for (let left = load<i32>(merges + (s << 2)); left > 0; left--) {
      top--;
      const below = whole + rowBytes * top, n = load<f64>(counts + (top << 3));
      if (n == 0 && m > 0) memory.copy(below, row, rowBytes);
      else if (m > 0) merge(below, row, channels, n, m);
      row = below;
      m = n + m;
    }
    if (row != whole + rowBytes * top) memory.copy(whole + rowBytes * top, row, rowBytes);
    store<f64>(counts + (top << 3), m);
    top++;
  }
}

/** a = the statistics of a's n pixels and b's m together. */
function merge(a: usize, b: usize, channels: i32, n: f64, m: f64): void {
  const half = <usize>channels << 3, share = f64x2.splat(m / (n + m)), weight = f64x2.splat(n * (m / (n + m)));
  let left = channels;
  for (; left >= 4; left -= 4, a += 32, b += 32) mergeFour(a, b, half, share, weight, 4);
  if (left > 0) mergeFour(a, b, half, share, weight, left);
}

// @ts-ignore: decorator
@inline
function mergeFour(a: usize, b: usize, half: usize, share: v128, weight: v128, count: i32): void {
  const k = v128.load(a), l = v128.load(a, 16), d = f64x2.sub(v128.load(b), k), e = f64x2.sub(v128.load(b, 16), l);
  const q = f64x2.add(v128.load(a + half), v128.load(b + half)), r = f64x2.add(v128.load(a + half, 16), v128.load(b + half, 16));
  storeDoubles(a, f64x2.add(k, f64x2.mul(d, share)), f64x2.add(l, f64x2.mul(e, share)), count);
  storeDoubles(a + half, f64x2.add(q, f64x2.mul(f64x2.mul(d, d), weight)), f64x2.add(r, f64x2.mul(f64x2.mul(e, e), weight)), count);
}

/** Adds the rows of `length` float64 in the order of the tree, into the first row of the stack `sum`, which may be `rows`. */
export function treeSumDouble(rows: usize, shards: i32, length: i32, merges: usize, sum: usize): void {
  const bytes = <usize>length << 3;
  let top = sum;
  for (let s: usize = 0; s < <usize>shards; s++) {
    let row = rows + bytes * s;
    for (let left = load<i32>(merges + (s << 2)); left > 0; left--) {
      top -= bytes;
      addDoubles(top, row, length);
      row = top;
    }
    if (row != top) memory.copy(top, row, bytes);
    top += bytes;
  }
}

function addDoubles(a: usize, b: usize, length: i32): void {
  let left = length;
  for (; left >= 4; left -= 4, a += 32, b += 32) addFour(a, b, 4);
  if (left > 0) addFour(a, b, left);
}

// @ts-ignore: decorator
@inline
function addFour(a: usize, b: usize, count: i32): void {
  storeDoubles(a, f64x2.add(v128.load(a), v128.load(b)), f64x2.add(v128.load(a, 16), v128.load(b, 16)), count);
}

/**
 * From the batch's [mean, m2] over n pixels: the float32 vectors mean, 1/√(m2/n + eps), and the running statistics
 * r' = (1 − momentum)·r + momentum·(mean, m2/(n − 1)), from one place to another.
 */
export function batchNormFinish(row: usize, n: f64, channels: i32, eps: f64, momentum: f64, mean: usize, inverse: usize, runningMean: usize, runningVariance: usize, nextMean: usize, nextVariance: usize): void {
  const half = <usize>channels << 3, values = f64x2.splat(n), others = f64x2.splat(n - 1.0), more = f64x2.splat(eps);
  const old = f64x2.splat(1.0 - momentum), fresh = f64x2.splat(momentum);
  for (let c: usize = 0; c < <usize>channels << 2; c += 16, row += 32) {
    const k = v128.load(row), l = v128.load(row, 16), q = v128.load(row + half), r = v128.load(row + half, 16);
    const m = v128.load(runningMean + c), v = v128.load(runningVariance + c), count = channels - <i32>(c >> 2);
    storeLanes(mean + c, toFloats(k, l), count);
    storeLanes(inverse + c, toFloats(inverseRoot(f64x2.div(q, values), more), inverseRoot(f64x2.div(r, values), more)), count);
    storeLanes(nextMean + c, toFloats(blended(low(m), k, old, fresh), blended(high(m), l, old, fresh)), count);
    const variance = f64x2.div(q, others), rest = f64x2.div(r, others);
    storeLanes(nextVariance + c, toFloats(blended(low(v), variance, old, fresh), blended(high(v), rest, old, fresh)), count);
  }
}

// @ts-ignore: decorator
@inline
function inverseRoot(variance: v128, eps: v128): v128 {
  return f64x2.div(f64x2.splat(1), f64x2.sqrt(f64x2.add(variance, eps)));
}

// @ts-ignore: decorator
@inline
function blended(running: v128, value: v128, old: v128, fresh: v128): v128 {
  return f64x2.add(f64x2.mul(old, running), f64x2.mul(fresh, value));
}

/** inverse = 1/√(variance + eps): evaluation, where the running variance takes the place of the batch's. */
export function batchNormInverse(variance: usize, channels: i32, eps: f64, inverse: usize): void {
  const more = f64x2.splat(eps);
  for (let c: usize = 0; c < <usize>channels << 2; c += 16) {
    const v = v128.load(variance + c);
    storeLanes(inverse + c, toFloats(inverseRoot(low(v), more), inverseRoot(high(v), more)), channels - <i32>(c >> 2));
  }
}

/** One shard's share of the parameters' gradients: dweight = Σ dy·(x − mean)·inverse, dbias = Σ dy. */
export function batchNormParameterGradient(row: usize, channels: i32, inverse: usize, dweight: usize, dbias: usize): void {
  const half = <usize>channels << 3;
  for (let c: usize = 0; c < <usize>channels << 2; c += 16, row += 32) {
    const i = v128.load(inverse + c), count = channels - <i32>(c >> 2);
    const p = f64x2.mul(v128.load(row + half), low(i)), q = f64x2.mul(v128.load(row + half, 16), high(i));
    storeLanes(dbias + c, toFloats(v128.load(row), v128.load(row, 16)), count);
    storeLanes(dweight + c, toFloats(p, q), count);
  }
}

/**
 * What each pixel's input gradient is made by: scale = a, slope = −a·inverse²·Σ(dy·(x − mean))/n, offset = −a·Σdy/n, with
 * a = weight·inverse; float32, whole groups of four.
 */
export function writeGradientVectors(row: usize, n: f64, channels: i32, inverse: usize, weight: usize, scale: usize, slope: usize, offset: usize): void {
  const half = <usize>channels << 3, values = f64x2.splat(n);
  for (let c: usize = 0; c < <usize>channels << 2; c += 16, row += 32) {
    const i = v128.load(inverse + c), w = v128.load(weight + c);
    const e = low(i), f = high(i), a = f64x2.mul(low(w), e), b = f64x2.mul(high(w), f), g = f64x2.neg(a), h = f64x2.neg(b);
    const p = f64x2.mul(f64x2.mul(f64x2.mul(g, e), e), v128.load(row + half));
    const q = f64x2.mul(f64x2.mul(f64x2.mul(h, f), f), v128.load(row + half, 16));
    v128.store(scale + c, toFloats(a, b));
    v128.store(slope + c, toFloats(f64x2.div(p, values), f64x2.div(q, values)));
    v128.store(offset + c, toFloats(f64x2.div(f64x2.mul(g, v128.load(row)), values), f64x2.div(f64x2.mul(h, v128.load(row, 16)), values)));
  }
}
