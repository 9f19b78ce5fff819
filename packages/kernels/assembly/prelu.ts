import { storeLanes, toFloats } from './lanes';

// @ts-ignore: decorator
@inline
function value(x: v128, slope: v128): v128 {
  return v128.bitselect(x, f32x4.mul(x, slope), f32x4.gt(x, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function gradient(x: v128, dy: v128, slope: v128): v128 {
  return v128.bitselect(dy, f32x4.mul(dy, slope), f32x4.gt(x, f32x4.splat(0)));
}

/** y = x where x > 0, else weight[channel]·x, of x[rows][channels]. y may be x. */
export function preluForward(x: usize, weight: usize, y: usize, rows: i32, channels: i32): void {
  for (; rows > 0; rows--) {
    let c = channels, w = weight;
    for (; c >= 4; c -= 4, x += 16, y += 16, w += 16) v128.store(y, value(v128.load(x), v128.load(w)));
    if (c > 0) storeLanes(y, value(v128.load(x), v128.load(w)), c);
    x += <usize>c << 2;
    y += <usize>c << 2;
  }
}

/** dx = dy where x > 0, else weight[channel]·dy. dx may be dy. */
export function preluBackward(x: usize, weight: usize, dy: usize, dx: usize, rows: i32, channels: i32): void {
  for (; rows > 0; rows--) {
    let c = channels, w = weight;
    for (; c >= 4; c -= 4, x += 16, dy += 16, dx += 16, w += 16) {
      v128.store(dx, gradient(v128.load(x), v128.load(dy), v128.load(w)));
    }
    if (c > 0) storeLanes(dx, gradient(v128.load(x), v128.load(dy), v128.load(w)), c);
    x += <usize>c << 2;
    dy += <usize>c << 2;
    dx += <usize>c << 2;
  }
}

/** x where it is not positive, else 0; the lower two lanes in double precision. */
// @ts-ignore: decorator
@inline
function negative(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.andnot(x, f32x4.gt(x, f32x4.splat(0))));
}

// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 2, 3, 2, 3);
}

/** dweight[c] = Σ x·dy over the rows where x is not positive, in double precision. Four channels at a time; the last group may read past the end. */
export function preluParameterGradient(x: usize, dy: usize, rows: i32, channels: i32, dweight: usize): void {
  const step = <usize>channels << 2;
  for (let c = 0; c < channels; c += 4) {
    let p = x + (<usize>c << 2), q = dy + (<usize>c << 2);
    let s0 = f64x2.splat(0), s1 = s0;
    for (let i = 0; i < rows; i++, p += step, q += step) {
      const a = v128.load(p), b = v128.load(q);
      s0 = f64x2.add(s0, f64x2.mul(negative(a), f64x2.promote_low_f32x4(b)));
      s1 = f64x2.add(s1, f64x2.mul(negative(upper(a)), f64x2.promote_low_f32x4(upper(b))));
    }
    const sums = toFloats(s0, s1);
    storeLanes(dweight + (<usize>c << 2), sums, min(4, channels - c));
  }
}

/** dweight = Σ x·dy over all elements where x is not positive, in double precision: of one slope for all channels. */
export function preluSharedGradient(x: usize, dy: usize, length: i32, dweight: usize): void {
  let s0 = f64x2.splat(0), s1 = s0;
  for (; length >= 4; length -= 4, x += 16, dy += 16) {
    const a = v128.load(x), b = v128.load(dy);
    s0 = f64x2.add(s0, f64x2.mul(negative(a), f64x2.promote_low_f32x4(b)));
    s1 = f64x2.add(s1, f64x2.mul(negative(upper(a)), f64x2.promote_low_f32x4(upper(b))));
  }
  const pair = f64x2.add(s0, s1);
  let sum = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
  for (; length > 0; length--, x += 4, dy += 4) {
    const a = load<f32>(x);
    if (!(a > 0)) sum += <f64>a * <f64>load<f32>(dy);
  }
  store<f32>(dweight, <f32>sum);
}
