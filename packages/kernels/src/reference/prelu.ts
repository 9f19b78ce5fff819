// x, y, dx and dy [rows][channels]; the weight, and its gradient, [channels] or [1].

/** y = x where x > 0, else weight·x */
export function preluForward(x: ArrayLike<number>, weight: ArrayLike<number>): number[] {
  return Array.from(x, (value, i) => (value > 0 ? value : weight[i % weight.length]! * value));
}

/** ∂L/∂x = ∂L/∂y where x > 0, else weight·∂L/∂y */
export function preluBackward(x: ArrayLike<number>, weight: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  return Array.from(x, (value, i) => (value > 0 ? dy[i]! : weight[i % weight.length]! * dy[i]!));
}

/** ∂L/∂weight = Σ x·∂L/∂y where x is not positive */
export function preluParameterGradient(x: ArrayLike<number>, dy: ArrayLike<number>, slopes: number): number[] {
  const gradient = new Array<number>(slopes).fill(0);
  for (let i = 0; i < x.length; i++) if (!(x[i]! > 0)) gradient[i % slopes]! += x[i]! * dy[i]!;
  return gradient;
}
