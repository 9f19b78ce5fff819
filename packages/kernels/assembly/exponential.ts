/**
 * e^x and ln x in double precision from additions, multiplications and divisions alone: the same bits on every machine and in
 * every build.
 */
const LN2_HIGH: f64 = 0.6931471803691238; // ln 2 in two parts; the first has 33 bits
const LN2_LOW: f64 = 1.9082149292705877e-10;

/** e^x; the error is below 2 units in the last place. 0 below −745, infinity above 709.78. */
export function exponential(x: f64): f64 {
  if (x != x) return x;
  if (x < -745.0) return 0;
  if (x > 709.782712893384) return f64.MAX_VALUE * 2;
  const n = nearest(x * 1.4426950408889634);
  const r = (x - n * LN2_HIGH) - n * LN2_LOW; // |r| <= ln(2)/2
  // Taylor series to r^13/13!: what is left out is below 5e-18.
  let sum: f64 = 1;
  for (let i: f64 = 13; i >= 1; i--) sum = 1 + sum * r / i;
  // In two steps, since 2^n alone may be subnormal.
  const half = <i64>n >> 1;
  return sum * power2(half) * power2(<i64>n - half);
}

// @ts-ignore: decorator
@inline
function power2(n: i64): f64 {
  return reinterpret<f64>((n + 1023) << 52);
}

/** ln x for a positive, normal x; the error is below 2 units in the last place. */
export function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let exponent = <f64>((bits >> 52) - 1023);
  let mantissa = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    exponent += 1;
  }
  // ln m = 2 artanh(s), s = (m - 1)/(m + 1)
  const s = (mantissa - 1) / (mantissa + 1), square = s * s;
  let series: f64 = 0;
  for (let n: f64 = 21; n >= 3; n -= 2) series = square * (series + 1 / n);
  return exponent * LN2_HIGH + (2 * s * series + exponent * LN2_LOW + 2 * s);
}
