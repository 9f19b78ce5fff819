/**
 * Sine and cosine from additions and multiplications alone, which IEEE 754 rounds exactly: `Math.sin` may differ in the
 * last bit between versions of V8, and such a bit can end up in a pixel. At most 0.52 units in the last place off, at
 * least as close as the C library that Pillow's rotation goes through; both are rounded to 15 decimals afterwards.
 */

// π/2 in two parts; the first has 33 bits, so that its product with a small integer is exact (fdlibm, e_rem_pio2.c).
const halfPiHigh = 1.5707963267341256;
const halfPiLow = 6.077100506506192e-11;

const sineTail = reciprocalFactorials(5, 21, 1);
const cosineTail = reciprocalFactorials(6, 20, -1);

/** The coefficients sign/n!, −sign/(n+2)!, … up to `last`, highest power first. */
function reciprocalFactorials(first: number, last: number, sign: number): readonly number[] {
  const coefficients: number[] = [];
  for (let n = last; n >= first; n -= 2) {
    let factorial = 1;
    for (let i = 2; i <= n; i++) factorial *= i;
    coefficients.push((((n - first) / 2) % 2 === 0 ? sign : -sign) / factorial);
  }
  return coefficients;
}

function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

/** The rounding error of a·b, exactly: a·b = fl(a·b) + productError(a, b) (Dekker, 1971). */
export function productError(a: number, b: number): number {
  const product = a * b;
  const splitA = a * 134217729;
  const aHigh = splitA - (splitA - a);
  const aLow = a - aHigh;
  const splitB = b * 134217729;
  const bHigh = splitB - (splitB - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/**
 * [sin x, cos x] for x in radians.
 *
 * @throws RangeError for |x| above 100, where the reduction by multiples of π/2 loses its accuracy
 */
export function sineCosine(x: number): readonly [sine: number, cosine: number] {
  if (!(Math.abs(x) <= 100)) throw new RangeError(`sineCosine: expected radians in [-100, 100], got ${x}`);
  // x = quarter·π/2 + (high + low), |high| <= π/4.
  const quarter = Math.round(x / (halfPiHigh + halfPiLow));
  const reduced = x - quarter * halfPiHigh;
  const correction = quarter * halfPiLow;
  const high = reduced - correction;
  const low = reduced - high - correction;
  const sine = kernelSine(high, low);
  const cosine = kernelCosine(high, low);
  switch (quarter & 3) {
    case 0:
      return [sine, cosine];
    case 1:
      return [cosine, -sine];
    case 2:
      return [-sine, -cosine];
    default:
      return [-cosine, sine];
  }
}

/** Taylor's series; the cubic term with its rounding errors, since it is the largest that is added to x. */
function kernelSine(high: number, low: number): number {
  const square = high * high;
  const squareLow = productError(high, high) + 2 * high * low;
  const cube = high * square;
  const cubeLow = productError(high, square) + high * squareLow + low * square;
  const sixth = cube / 6;
  const sixthLow = (cube - 6 * sixth - productError(6, sixth) + cubeLow) / 6;
  const rest = square * cube * horner(sineTail, square);
  const sum = high - sixth;
  return sum + (high - sum - sixth + (low - sixthLow + rest));
}

/** Taylor's series; the quadratic and the quartic term with their rounding errors. */
function kernelCosine(high: number, low: number): number {
  const square = high * high;
  const squareLow = productError(high, high) + 2 * high * low;
  const fourth = square * square;
  const fourthLow = productError(square, square) + 2 * square * squareLow;
  const quartic = fourth / 24;
  const quarticLow = (fourth - 24 * quartic - productError(24, quartic) + fourthLow) / 24;
  const rest = square * fourth * horner(cosineTail, square);
  const sum = 1 - square / 2;
  return sum + (1 - sum - square / 2 + (quartic + (quarticLow - squareLow / 2 + rest)));
}

/**
 * Rounds to 15 decimals, as Python's `round(x, 15)`: correctly, ties to even. For |x| <= 1.
 */
export function roundTo15Decimals(x: number): number {
  const scaled = x * 1e15;
  const nearest = Math.round(scaled);
  // The distance of the exact product from that integer; scaled − nearest is exact, both being small multiples of an ulp.
  const rest = scaled - nearest + productError(x, 1e15);
  let integer = nearest;
  if (rest > 0.5) integer++;
  // Math.round takes ties upwards, so a tie is always half below.
  if (rest < -0.5 || (rest === -0.5 && nearest % 2 !== 0)) integer--;
  return integer / 1e15;
}
