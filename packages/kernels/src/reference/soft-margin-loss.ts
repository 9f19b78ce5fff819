import { logistic, softplus } from './softplus.ts';

// x, targets and gradient [images][elements]; losses [images].

/** loss = Σ ln(1 + e^(−t·x)); gradient = −t·σ(−t·x) */
export function softMarginLoss(
  x: ArrayLike<number>,
  targets: ArrayLike<number>,
  images: number,
): { losses: number[]; gradient: number[] } {
  const losses = new Array<number>(images).fill(0);
  const gradient = Array.from(x, (z, i) => {
    const t = targets[i]!;
    losses[Math.floor((i * images) / x.length)]! += softplus(-t * z);
    return -t * logistic(-t * z);
  });
  return { losses, gradient };
}
