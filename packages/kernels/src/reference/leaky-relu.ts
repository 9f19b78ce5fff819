// All [length].

/** y = x where x > 0, else slope·x */
export function leakyReluForward(x: ArrayLike<number>, slope: number): number[] {
  return Array.from(x, (value) => (value > 0 ? value : slope * value));
}

/** ∂L/∂x = ∂L/∂y where x > 0, else slope·∂L/∂y */
export function leakyReluBackward(x: ArrayLike<number>, dy: ArrayLike<number>, slope: number): number[] {
  return Array.from(x, (value, i) => (value > 0 ? dy[i]! : slope * dy[i]!));
}
