import { high, low, storeLanes, toFloats } from './lanes';
import { madd } from './madd';

/**
 * Normalisation of rows, each by itself: of a sample, or of the channels of a pixel. Sums are in double precision, in eight
 * lanes, and then the elements left over one by one.
 */

/** The sum of all lanes, in a fixed order. */
// @ts-ignore: decorator
@inline
function total(s0: v128, s1: v128, s2: v128, s3: v128): f64 {
  const sum = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/**
 * y = (x − mean)·inverse·weight + bias of each row of x[rows][length], with inverse = 1/√(Σ (x − mean)²/length + eps). Unless
 * `centred` the mean is taken to be 0. y may be x. `length` is at least 1.
 *
 * Sums deviations from the row's first element: a constant row has exactly zero, and as that element is one of the row, its
 * distance from the mean is at most √length standard deviations, so that the difference below loses no more digits than double
 * precision has to spare.
 */
export function layerNormForward(x: usize, y: usize, rows: i32, length: i32, centred: bool, eps: f64, weight: usize, bias: usize, mean: usize, inverse: usize): void {
  const n = <f64>length;
  for (; rows > 0; rows--, mean += 4, inverse += 4) {
    const first: f64 = centred ? <f64>load<f32>(x) : 0;
    const k = f64x2.splat(first);
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
    let p = x, left = length;
    for (; left >= 8; left -= 8, p += 32) {
      const a = v128.load(p), b = v128.load(p, 16);
      const d0 = f64x2.sub(low(a), k), d1 = f64x2.sub(high(a), k), d2 = f64x2.sub(low(b), k), d3 = f64x2.sub(high(b), k);
      s0 = f64x2.add(s0, d0); s1 = f64x2.add(s1, d1); s2 = f64x2.add(s2, d2); s3 = f64x2.add(s3, d3);
      q0 = f64x2.add(q0, f64x2.mul(d0, d0)); q1 = f64x2.add(q1, f64x2.mul(d1, d1));
      q2 = f64x2.add(q2, f64x2.mul(d2, d2)); q3 = f64x2.add(q3, f64x2.mul(d3, d3));
    }
    let sum = total(s0, s1, s2, s3), squares = total(q0, q1, q2, q3);
    for (; left > 0; left--, p += 4) {
      const d = <f64>load<f32>(p) - first;
      sum += d;
      squares += d * d;
    }
    const shift = sum / n;
    const mu: f32 = centred ? <f32>(first + shift) : 0;
    const m2 = centred ? max<f64>(0, squares - shift * sum) : squares;
    const invstd = <f32>(1.0 / Math.sqrt(m2 / n + eps));
    store<f32>(mean, mu);
    store<f32>(inverse, invstd);

    const m = f32x4.splat(mu), s = f32x4.splat(invstd);
    let w = weight, b = bias;
    for (left = length; left >= 8; left -= 8, x += 32, y += 32, w += 32, b += 32) {
      const u = f32x4.mul(f32x4.sub(v128.load(x), m), s), v = f32x4.mul(f32x4.sub(v128.load(x, 16), m), s);
      v128.store(y, madd(v, v128.load(w, 16), v128.load(b, 16)), 16);
      v128.store(y, madd(u, v128.load(w), v128.load(b)));
    }
    for (; left > 0; left -= 4, w += 16, b += 16) {
      const count = min(left, 4);
      storeLanes(y, madd(f32x4.mul(f32x4.sub(v128.load(x), m), s), v128.load(w), v128.load(b)), count);
      x += <usize>count << 2;
      y += <usize>count << 2;
    }
  }
}

/**
 * With g = dy·weight: dx = inverse·(g − Σg/length − (x − mean)·inverse²·Σ(g·(x − mean))/length) of each row; unless `centred`
 * without Σg. dx may be dy.
 */
export function layerNormBackward(x: usize, dy: usize, dx: usize, rows: i32, length: i32, centred: bool, weight: usize, mean: usize, inverse: usize): void {
  const n = <f64>length;
  for (; rows > 0; rows--, mean += 4, inverse += 4) {
    const mu = load<f32>(mean), m = f32x4.splat(mu);
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
    let p = x, g = dy, w = weight, left = length;
    for (; left >= 8; left -= 8, p += 32, g += 32, w += 32) {
      const a = f32x4.sub(v128.load(p), m), b = f32x4.sub(v128.load(p, 16), m);
      const u = f32x4.mul(v128.load(g), v128.load(w)), v = f32x4.mul(v128.load(g, 16), v128.load(w, 16));
      const u0 = low(u), u1 = high(u), v0 = low(v), v1 = high(v);
      s0 = f64x2.add(s0, u0); s1 = f64x2.add(s1, u1); s2 = f64x2.add(s2, v0); s3 = f64x2.add(s3, v1);
      q0 = f64x2.add(q0, f64x2.mul(u0, low(a))); q1 = f64x2.add(q1, f64x2.mul(u1, high(a)));
      q2 = f64x2.add(q2, f64x2.mul(v0, low(b))); q3 = f64x2.add(q3, f64x2.mul(v1, high(b)));
    }
    let sum = total(s0, s1, s2, s3), product = total(q0, q1, q2, q3);
    for (; left > 0; left--, p += 4, g += 4, w += 4) {
      const u = <f64>(load<f32>(g) * load<f32>(w));
      sum += u;
      product += u * <f64>(load<f32>(p) - mu);
    }
    const invstd = <f64>load<f32>(inverse);
    const scale = f32x4.splat(<f32>invstd);
    const slope = f32x4.splat(<f32>(-invstd * invstd * invstd * product / n));
    const offset = f32x4.splat(centred ? <f32>(-invstd * sum / n) : 0);

    w = weight;
    for (left = length; left >= 8; left -= 8, x += 32, dy += 32, dx += 32, w += 32) {
      const a = madd(f32x4.sub(v128.load(x), m), slope, offset), b = madd(f32x4.sub(v128.load(x, 16), m), slope, offset);
      const u = f32x4.mul(v128.load(dy), v128.load(w)), v = f32x4.mul(v128.load(dy, 16), v128.load(w, 16));
      v128.store(dx, madd(v, scale, b), 16);
      v128.store(dx, madd(u, scale, a));
    }
    for (; left > 0; left -= 4, w += 16) {
      const count = min(left, 4);
      const a = madd(f32x4.sub(v128.load(x), m), slope, offset);
      storeLanes(dx, madd(f32x4.mul(v128.load(dy), v128.load(w)), scale, a), count);
      x += <usize>count << 2;
      dy += <usize>count << 2;
      dx += <usize>count << 2;
    }
  }
}

/** The sums' first `count` lanes as float32, 1 to 8. */
// @ts-ignore: decorator
@inline
function storeSums(to: usize, s0: v128, s1: v128, s2: v128, s3: v128, count: i32): void {
  storeLanes(to, toFloats(s0, s1), count);
  if (count > 4) {
    storeLanes(to + 16, toFloats(s2, s3), count - 4);
  }
}

/**
 * dweight = Σ dy·(x − mean)·inverse and dbias = Σ dy over the rows; no dbias where that is 0. Eight columns at a time; the last
 * group may read past the end.
 */
export function layerNormParameterGradient(x: usize, dy: usize, rows: i32, length: i32, mean: usize, inverse: usize, dweight: usize, dbias: usize): void {
  const step = <usize>length << 2;
  for (let c = 0; c < length; c += 8) {
    const at = <usize>c << 2;
    let p = x + at, g = dy + at;
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
    for (let i: usize = 0; i < <usize>rows << 2; i += 4, p += step, g += step) {
      const m = v128.load32_splat(mean + i), s = v128.load32_splat(inverse + i);
      const a = f32x4.mul(f32x4.sub(v128.load(p), m), s), b = f32x4.mul(f32x4.sub(v128.load(p, 16), m), s);
      const u = v128.load(g), v = v128.load(g, 16);
      const u0 = low(u), u1 = high(u), v0 = low(v), v1 = high(v);
      s0 = f64x2.add(s0, u0); s1 = f64x2.add(s1, u1); s2 = f64x2.add(s2, v0); s3 = f64x2.add(s3, v1);
      q0 = f64x2.add(q0, f64x2.mul(u0, low(a))); q1 = f64x2.add(q1, f64x2.mul(u1, high(a)));
      q2 = f64x2.add(q2, f64x2.mul(v0, low(b))); q3 = f64x2.add(q3, f64x2.mul(v1, high(b)));
    }
    storeSums(dweight + at, q0, q1, q2, q3, length - c);
    if (dbias != 0) storeSums(dbias + at, s0, s1, s2, s3, length - c);
  }
}
