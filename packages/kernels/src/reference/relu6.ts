// All [length].

/** y = min(max(x, 0), 6) */
export function relu6Forward(x: ArrayLike<number>): number[] {
  return Array.from(x, (value) => Math.min(Math.max(value, 0), 6));
}

/** ∂L/∂x = ∂L/∂y where 0 < y < 6, else 0 */
export function relu6Backward(y: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  return Array.from(y, (value, i) => (value > 0 && value < 6 ? dy[i]! : 0));
}
