import { exponential, logarithm } from './exponential';

/** ln(1 + e^x) in double precision, also where e^x would overflow or vanish beside 1; NaN for NaN. */
export function softplus(x: f64): f64 {
  if (x != x) return x;
  const power = exponential(-abs(x));
  const sum = 1 + power;
  // What the sum has rounded off, the quotient makes up for (Goldberg 1991, theorem 4).
  return max(x, 0) + (sum == 1 ? power : logarithm(sum) * power / (sum - 1));
}

/** 1/(1 + e^(−x)) in double precision, exact to the last places on both sides. */
export function logistic(x: f64): f64 {
  const power = exponential(-abs(x));
  return (x < 0 ? power : 1) / (1 + power);
}
