// All [length].

/** y = tanh x */
export function tanhForward(x: ArrayLike<number>): number[] {
  return Array.from(x, Math.tanh);
}

/** ∂L/∂x = ∂L/∂y·(1 − y²) */
export function tanhBackward(y: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  return Array.from(y, (value, i) => dy[i]! * (1 - value * value));
}
