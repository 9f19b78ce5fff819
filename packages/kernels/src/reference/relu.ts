// All [length].

/** y = max(x, 0) */
export function reluForward(x: ArrayLike<number>): number[] {
  return Array.from(x, (value) => Math.max(value, 0));
}

/** ∂L/∂x = ∂L/∂y where y > 0, else 0 */
export function reluBackward(y: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  return Array.from(y, (value, i) => (value > 0 ? dy[i]! : 0));
}
