// All [length].

/** y = min(max(x + 3, 0), 6)/6 */
export function hardSigmoidForward(x: ArrayLike<number>): number[] {
  return Array.from(x, (value) => Math.min(Math.max(value + 3, 0), 6) / 6);
}

/** ∂L/∂x = ∂L/∂y/6 where 0 < y < 1, else 0 */
export function hardSigmoidBackward(y: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  return Array.from(y, (value, i) => (value > 0 && value < 1 ? dy[i]! / 6 : 0));
}
