// All [length].

/** y = x·min(max(x + 3, 0), 6)/6 */
export function hardSwishForward(x: ArrayLike<number>): number[] {
  return Array.from(x, (value) => (value * Math.min(Math.max(value + 3, 0), 6)) / 6);
}

/** ∂L/∂x = 0 where x < −3, ∂L/∂y where x > 3, else ∂L/∂y·(x/3 + 1/2) */
export function hardSwishBackward(x: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  return Array.from(x, (value, i) => {
    if (value < -3) return 0;
    return value > 3 ? dy[i]! : dy[i]! * (value / 3 + 0.5);
  });
}
