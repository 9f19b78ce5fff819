// All [rows][channels]. The forward pass is `softmax` of softmax-cross-entropy.ts.

/** ∂L/∂x = y·(∂L/∂y − Σ ∂L/∂y·y) of each row */
export function softmaxBackward(y: ArrayLike<number>, dy: ArrayLike<number>, channels: number): number[] {
  const sums = new Array<number>(y.length / channels).fill(0);
  for (let i = 0; i < y.length; i++) sums[Math.floor(i / channels)]! += y[i]! * dy[i]!;
  return Array.from(y, (value, i) => value * (dy[i]! - sums[Math.floor(i / channels)]!));
}
