/**
 * e^x for |x| up to 50 from additions and multiplications alone, which IEEE 754 rounds exactly: `Math.exp` may differ in the
 * last bit between versions of V8. At most some units in the last place off.
 *
 * @throws RangeError beyond 50
 */
export function exponential(x: number): number {
  if (!(Math.abs(x) <= 50)) throw new RangeError(`exponential: expected a number in [-50, 50], got ${x}`);
  // Halved eight times, where eleven terms leave less than 1e-17; then squared as often.
  const small = x / 256;
  let sum = 1;
  for (let n = 11; n >= 1; n--) sum = 1 + (small * sum) / n;
  for (let i = 0; i < 8; i++) sum *= sum;
  return sum;
}
