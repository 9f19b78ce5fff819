import { logistic, softplus } from './softplus.ts';

// x, targets and gradient [images][pixels][channels]; losses [images]; posWeight [channels].

/** loss = Σ (1 − t)·ln(1 + e^x) + posWeight·t·ln(1 + e^−x); gradient = (1 − t)·σ(x) − posWeight·t·σ(−x) */
export function bceWithLogitsLoss(
  x: ArrayLike<number>,
  targets: ArrayLike<number>,
  images: number,
  posWeight: ArrayLike<number>,
): { losses: number[]; gradient: number[] } {
  const losses = new Array<number>(images).fill(0);
  const gradient = Array.from(x, (z, i) => {
    const t = targets[i]!;
    const positive = posWeight[i % posWeight.length]! * t;
    losses[Math.floor((i * images) / x.length)]! += (1 - t) * softplus(z) + positive * softplus(-z);
    return (1 - t) * logistic(z) - positive * logistic(-z);
  });
  return { losses, gradient };
}
