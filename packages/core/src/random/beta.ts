import { exponential, naturalLog } from '../math.ts';
import type { Generator } from './generator.ts';

/**
 * A number of the beta distribution, in [0, 1]: G(a)/(G(a) + G(b)) of two gamma distributed ones, by their logarithms, since for
 * a small shape both may be too small to be told from 0. The same on every machine, as {@link Generator.normal} is.
 *
 * @throws RangeError for a shape that is not positive and finite
 */
export function beta(generator: Generator, a: number, b: number): number {
  for (const shape of [a, b]) {
    if (!(shape > 0 && shape < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`beta: expected positive finite shapes, got ${a} and ${b}`);
    }
  }
  const first = logGamma(generator, a);
  return 1 / (1 + exponential(logGamma(generator, b) - first));
}

/** The logarithm of a gamma distributed number (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000). */
function logGamma(generator: Generator, shape: number): number {
  // 1 − u, since ln 0 there is not.
  if (shape < 1) return logGamma(generator, shape + 1) + naturalLog(1 - generator.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = generator.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const logV = 3 * naturalLog(root);
    if (naturalLog(1 - generator.uniform()) < (x * x) / 2 + d - d * v + d * logV) return naturalLog(d) + logV;
  }
}
