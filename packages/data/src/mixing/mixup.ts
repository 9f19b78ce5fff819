import { beta, type Generator } from '@lockstep/core';

/** What part of a mixed picture is the sample's own: λ of Beta(α, α). */
export const mixupShare = (generator: Generator, alpha: number): number => beta(generator, alpha, alpha);

/** Mixup (Zhang et al., arXiv 1710.09412): λ·picture + (1 − λ)·other, in double precision and rounded once. */
export function blend(share: number, out: Float32Array, offset: number, other: Float32Array): void {
  const rest = 1 - share;
  for (let i = 0; i < other.length; i++) out[offset + i] = share * out[offset + i]! + rest * other[i]!;
}
