import { logistic } from './sigmoid.ts';

// All [length].

/** y = x/(1 + e^−x) */
export function siluForward(x: ArrayLike<number>): number[] {
  return Array.from(x, (value) => value * logistic(value));
}

/** ∂L/∂x = ∂L/∂y·s·(1 + x·(1 − s)), s = 1/(1 + e^−x) */
export function siluBackward(x: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  return Array.from(x, (value, i) => {
    const s = logistic(value);
    return dy[i]! * s * (1 + value * (1 - s));
  });
}
