// x, targets and gradient [images][elements]; losses [images].

/** loss = Σ (x − t)²; gradient = 2(x − t) */
export function mseLoss(
  x: ArrayLike<number>,
  targets: ArrayLike<number>,
  images: number,
): { losses: number[]; gradient: number[] } {
  const losses = new Array<number>(images).fill(0);
  const gradient = Array.from(x, (value, i) => {
    const difference = value - targets[i]!;
    losses[Math.floor((i * images) / x.length)]! += difference * difference;
    return 2 * difference;
  });
  return { losses, gradient };
}
