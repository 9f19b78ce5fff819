import { high, low, toFloats } from './lanes';
import { madd } from './madd';

/**
 * Elementary functions of four float32 at once, from additions, multiplications and divisions alone: the same bits on every
 * machine. `pmin(x, c)` and `pmax(x, c)` keep a not-a-number x, and are one instruction where `min` and `max` are several. The
 * errors were measured over sweeps of all magnitudes, see src/ops/*.test.ts; a roundoff is 2^-24 of the value.
 *
 * The activations take two neighbouring vectors at a time, which V8 makes one of 256 bits under its flag.
 */

// @ts-ignore: decorator
@inline
const LOG2_E: f32 = 1.44269504;
// @ts-ignore: decorator
@inline
const LN2_HIGH: f32 = 0.693359375; // ln 2 in two parts; the first has 9 bits, so that its product with an exponent is exact
// @ts-ignore: decorator
@inline
const LN2_LOW: f32 = -2.12194440e-4;
// @ts-ignore: decorator
@inline
const ROUNDER: f32 = 12582912; // 1.5·2^23: what is added to it is rounded to an integer, which is then in its lowest bits
// @ts-ignore: decorator
@inline
const SIGN: i32 = 0x80000000;

/** 2^n for integers n in [-126, 127]. */
// @ts-ignore: decorator
@inline
function power2(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/**
 * e^(upper + lower) for |upper| <= 120 and |lower| <= 0.06. Cephes' expf: e^r = 1 + r + r²·P(r), |r| <= ln(2)/2 + lower.
 *
 * In two factors, since 2^n alone may be subnormal.
 */
// @ts-ignore: decorator
@inline
function exponentialOfSum(upper: v128, lower: v128): v128 {
  const rounded = madd(upper, f32x4.splat(LOG2_E), f32x4.splat(ROUNDER));
  const n = f32x4.sub(rounded, f32x4.splat(ROUNDER));
  const r = f32x4.add(madd(n, f32x4.splat(-LN2_LOW), madd(n, f32x4.splat(-LN2_HIGH), upper)), lower);
  let p = madd(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  const power = f32x4.add(f32x4.splat(1), madd(f32x4.mul(r, r), p, r));
  const exponent = i32x4.sub(rounded, i32x4.splat(reinterpret<i32>(ROUNDER)));
  const half = i32x4.shr_s(exponent, 1);
  return f32x4.mul(f32x4.mul(power, power2(half)), power2(i32x4.sub(exponent, half)));
}

/** e^x, within 2 roundoffs; 0 below −104, infinity above 88.73. */
// @ts-ignore: decorator
@inline
export function exponential4(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  return exponentialOfSum(within, f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
const SQRT_HALF: i32 = 0x3f3504f3; // the bits of √½ as float32

/**
 * exponent·ln(mantissa·2^power) of two, in double precision, for a mantissa in [√½, √2]: ln m = 2 artanh(s), s = (m − 1)/(m + 1), to
 * s^9/9; what is left out is below 7e-10.
 */
// @ts-ignore: decorator
@inline
function logarithmTimes(mantissa: v128, power: v128, exponent: f64): v128 {
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(mantissa, one), f64x2.add(mantissa, one)), square = f64x2.mul(s, s);
  let p = f64x2.add(f64x2.mul(f64x2.splat(1.0 / 9.0), square), f64x2.splat(1.0 / 7.0));
  p = f64x2.add(f64x2.mul(p, square), f64x2.splat(1.0 / 5.0));
  p = f64x2.add(f64x2.mul(p, square), f64x2.splat(1.0 / 3.0));
  p = f64x2.add(f64x2.mul(p, square), one);
  const logarithm = f64x2.add(f64x2.mul(f64x2.add(s, s), p), f64x2.mul(power, f64x2.splat(0.6931471805599453)));
  const product = f64x2.mul(logarithm, f64x2.splat(exponent));
  return f64x2.pmax(f64x2.pmin(product, f64x2.splat(89)), f64x2.splat(-104));
}

/**
 * x^exponent of positive, normal x, within 3 roundoffs; 0 below e^−104, infinity above e^88.73; not a number where x is not
 * finite. A rounding error of exponent·ln x would be as many times that of the result, so it is kept in two parts.
 */
// @ts-ignore: decorator
@inline
export function power4(x: v128, exponent: f64): v128 {
  const n = i32x4.shr_s(i32x4.sub(x, i32x4.splat(SQRT_HALF)), 23);
  const m = i32x4.sub(x, i32x4.shl(n, 23));
  const a = logarithmTimes(low(m), f64x2.convert_low_i32x4_s(n), exponent);
  const b = logarithmTimes(high(m), f64x2.convert_low_i32x4_s(v128.shuffle<i32>(n, n, 2, 3, 2, 3)), exponent);
  const rounded = toFloats(a, b);
  const rest = toFloats(f64x2.sub(a, low(rounded)), f64x2.sub(b, high(rounded)));
  return f32x4.add(exponentialOfSum(rounded, rest), f32x4.mul(x, f32x4.splat(0)));
}

/** 1/(1 + e^−x), within 3 roundoffs; 0 below −88.73. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exponential4(f32x4.neg(x))));
}

/** The smaller of s = 1/(1 + e^−x) and 1 − s is `power`·`larger`, with power = e^−|x|. Neither loses digits to a difference. */
// @ts-ignore: decorator
@inline
export function largerSigmoid4(power: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, power));
}

/**
 * tanh x, within 3 roundoffs. Cephes' tanhf: x + x³·P(x²) below 0.625, where 1 − 2/(e^2x + 1) would lose digits.
 */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const a = f32x4.abs(x), one = f32x4.splat(1), square = f32x4.mul(a, a);
  let p = madd(f32x4.splat(-5.70498872745e-3), square, f32x4.splat(2.06390887954e-2));
  p = madd(p, square, f32x4.splat(-5.37397155531e-2));
  p = madd(p, square, f32x4.splat(1.33314422036e-1));
  p = madd(p, square, f32x4.splat(-3.33332819422e-1));
  const small = madd(f32x4.mul(a, square), p, a);
  const large = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(exponential4(f32x4.add(a, a)), one)));
  const magnitude = v128.bitselect(small, large, f32x4.lt(a, f32x4.splat(0.625)));
  return v128.or(magnitude, v128.and(x, i32x4.splat(SIGN)));
}

/** |x|, or 15 where it is larger: from there on the functions of the normal distribution are 0 in float32. */
// @ts-ignore: decorator
@inline
export function normalArgument4(x: v128): v128 {
  return f32x4.pmin(f32x4.abs(x), f32x4.splat(15));
}

/**
 * e^(−a²/2) for a in [0, 15], within 3 roundoffs. A rounding error of a² would be as many times that of the result, so a is
 * cut in two such that the square of the first, of 12 bits, is exact: a² = h² + (a − h)(a + h).
 */
// @ts-ignore: decorator
@inline
export function gaussian4(a: v128): v128 {
  const minusHalf = f32x4.splat(-0.5);
  const h = v128.and(a, i32x4.splat(0xfffff000));
  return exponentialOfSum(
    f32x4.mul(f32x4.mul(h, h), minusHalf),
    f32x4.mul(f32x4.mul(f32x4.sub(a, h), f32x4.add(a, h)), minusHalf),
  );
}

/**
 * Φ(−a) = erfc(a/√2)/2 for a in [0, 15], given e^(−a²/2); within 6 roundoffs, far into the tail. Φ(−a)·e^(a²/2)·(1 + a) is
 * smooth and between 0.39 and 0.56; as a polynomial of q = (a − 4)/(a + 4), fitted for the least relative error (2e-9).
 */
// @ts-ignore: decorator
@inline
export function normalTail4(a: v128, gaussian: v128): v128 {
  const four = f32x4.splat(4);
  const q = f32x4.div(f32x4.sub(a, four), f32x4.add(a, four));
  let p = madd(f32x4.splat(-7.169124000938609e-5), q, f32x4.splat(-6.0770147683797404e-5));
  p = madd(p, q, f32x4.splat(6.927174399606884e-4));
  p = madd(p, q, f32x4.splat(-3.036941634491086e-4));
  p = madd(p, q, f32x4.splat(-5.004288628697395e-3));
  p = madd(p, q, f32x4.splat(1.7940208315849304e-2));
  p = madd(p, q, f32x4.splat(-3.219728544354439e-2));
  p = madd(p, q, f32x4.splat(2.8599977493286133e-2));
  p = madd(p, q, f32x4.splat(1.3999597169458866e-2));
  p = madd(p, q, f32x4.splat(-9.670346975326538e-2));
  p = madd(p, q, f32x4.splat(0.472053200006485));
  return f32x4.div(f32x4.mul(gaussian, p), f32x4.add(f32x4.splat(1), a));
}
