/**
 * Transcendental functions from additions, multiplications and divisions alone, which IEEE 754 rounds exactly: `Math.log`
 * and `Math.cos` may differ in the last bit between versions of V8, and such a bit would end up in the weights.
 */

const bits = new DataView(new ArrayBuffer(8));
const ln2High = 0.6931471803691238; // ln 2 in two parts; the first has 33 bits, so that exponent * ln2High is exact
const ln2Low = 1.9082149292705877e-10;

/** ln x for a positive, normal x; the error is below 2 units in the last place. */
export function naturalLog(x: number): number {
  if (!(x >= 2 ** -1022 && x < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`naturalLog: expected a positive finite number, got ${x}`);
  }
  bits.setFloat64(0, x);
  let exponent = ((bits.getUint32(0) >>> 20) & 0x7ff) - 1023;
  bits.setUint32(0, (bits.getUint32(0) & 0x000fffff) | 0x3ff00000);
  let mantissa = bits.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh(s), s = (m - 1)/(m + 1), |s| <= 0.1716: eleven terms leave less than 1e-17 of the value.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let series = 0;
  for (let n = 21; n >= 3; n -= 2) series = square * (series + 1 / n);
  return exponent * ln2High + (2 * s * series + exponent * ln2Low + 2 * s);
}

/** e^x; the error is below 2 units in the last place. 0 below −745, infinity above 709.78. */
export function exponential(x: number): number {
  if (Number.isNaN(x)) throw new RangeError('exponential: expected a number, got NaN');
  if (x < -745) return 0;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  const n = Math.round(x * Math.LOG2E);
  const r = x - n * ln2High - n * ln2Low; // |r| <= ln(2)/2
  // Taylor series to r^13/13!: what is left out is below 5e-18.
  let sum = 1;
  for (let i = 13; i >= 1; i--) sum = 1 + (sum * r) / i;
  // In two steps, since 2^n alone may be subnormal.
  const half = Math.floor(n / 2);
  return sum * powerOfTwo(half) * powerOfTwo(n - half);
}

/** 2^n for a normal result, exact. */
function powerOfTwo(n: number): number {
  bits.setUint32(0, (n + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** cos x for x in [0, π]; the error is below 1e-15. */
export function cosine(x: number): number {
  if (!(x >= 0 && x <= Math.PI)) throw new RangeError(`cosine: expected a number in [0, π], got ${x}`);
  if (x > Math.PI / 2) return -cosineSeries(Math.PI - x);
  return cosineSeries(x);
}

/** The Taylor series of the cosine, evaluated by Horner's rule; for |x| <= π/2. */
function cosineSeries(x: number): number {
  const square = x * x;
  let sum = 1;
  for (let n = 22; n >= 2; n -= 2) sum = 1 - (square * sum) / (n * (n - 1));
  return sum;
}
