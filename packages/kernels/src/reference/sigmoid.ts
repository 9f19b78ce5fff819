// All [length].

/** 1/(1 + e^−x) */
export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** y = 1/(1 + e^−x) */
export function sigmoidForward(x: ArrayLike<number>): number[] {
  return Array.from(x, logistic);
}

/** ∂L/∂x = ∂L/∂y·y·(1 − y) */
export function sigmoidBackward(y: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  return Array.from(y, (value, i) => dy[i]! * value * (1 - value));
}
