/**
 * 1 − β^t, which an average that began with 0 is divided by after t values.
 *
 * The power by squaring: multiplications are rounded exactly, whereas the bits of `Math.pow` may differ between versions of
 * V8. A function of its arguments alone, so that a worker that begins in the middle of a run has the same bits.
 *
 * @param beta in [0, 1)
 * @param t a positive integer
 */
export function biasCorrection(beta: number, t: number): number {
  let power = 1;
  let square = beta;
  for (let rest = t; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power *= square;
    square *= square;
  }
  return 1 - power;
}
