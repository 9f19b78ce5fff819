import { logistic } from './sigmoid.ts';

// All [length].

/** The density of the normal distribution, e^(−x²/2)/√(2π) */
const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/**
 * Its distribution function, Φ(x) = (1 + erf(x/√2))/2: for |x| < 3 by the series 1/2 + φ(x)·(x + x³/3 + x⁵/(3·5) + …), beyond by
 * the continued fraction Φ(−a) = φ(a)/(a + 1/(a + 2/(a + 3/(a + …)))). Abramowitz and Stegun 26.2.11 and 26.2.14.
 */
export function normalDistribution(x: number): number {
  const a = Math.abs(x);
  let tail = Number.NaN;
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 3; n < 120; n += 2) {
      term *= (a * a) / n;
      sum += term;
    }
    tail = 0.5 - normalDensity(a) * sum;
  } else if (a >= 3) {
    let fraction = 0;
    for (let n = 150; n > 0; n--) fraction = n / (a + fraction);
    tail = normalDensity(a) / (a + fraction);
  }
  return x < 0 ? tail : 1 - tail;
}

/** y = x·Φ(x) */
export function geluForward(x: ArrayLike<number>): number[] {
  return Array.from(x, (value) => value * normalDistribution(value));
}

/** ∂L/∂x = ∂L/∂y·(Φ(x) + x·φ(x)) */
export function geluBackward(x: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  return Array.from(x, (value, i) => dy[i]! * (normalDistribution(value) + value * normalDensity(value)));
}

/** u = √(2/π)·(x + 0.044715·x³) */
const tanhArgument = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** y = x·(1 + tanh u)/2, where (1 + tanh u)/2 = 1/(1 + e^−2u) */
export function geluTanhForward(x: ArrayLike<number>): number[] {
  return Array.from(x, (value) => value * logistic(2 * tanhArgument(value)));
}

/** ∂L/∂x = ∂L/∂y·(s + x·s·(1 − s)·2u′), s = (1 + tanh u)/2 */
export function geluTanhBackward(x: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  return Array.from(x, (value, i) => {
    const s = logistic(2 * tanhArgument(value));
    const slope = 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * value * value);
    return dy[i]! * (s + value * s * (1 - s) * slope);
  });
}
