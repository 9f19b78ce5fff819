import { beta, type Generator } from '@lockstep/core';
import type { ImageShape } from '../image.ts';

/** A part of a picture: rows [top, bottom), columns [left, right). */
export interface CutmixBox {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * CutMix (Yun et al., arXiv 1905.04899), as torchvision's reference has it: with λ of Beta(α, α) a box of √(1 − λ) of height
 * and width around a pixel, cut off at the picture's border; the sample's share is what the box leaves of it.
 */
export function cutBox(
  generator: Generator,
  alpha: number,
  { height, width }: Pick<ImageShape, 'height' | 'width'>,
): { box: CutmixBox; share: number } {
  const lambda = beta(generator, alpha, alpha);
  const [x, y] = [generator.integer(width), generator.integer(height)];
  const half = 0.5 * Math.sqrt(1 - lambda);
  const [halfWidth, halfHeight] = [Math.floor(half * width), Math.floor(half * height)];
  const box = {
    top: Math.max(0, y - halfHeight),
    bottom: Math.min(height, y + halfHeight),
    left: Math.max(0, x - halfWidth),
    right: Math.min(width, x + halfWidth),
  };
  return { box, share: 1 - ((box.right - box.left) * (box.bottom - box.top)) / (width * height) };
}

/** Copies the other picture's part within the box. */
export function pasteBox(
  { top, bottom, left, right }: CutmixBox,
  { width, channels }: ImageShape,
  out: Float32Array,
  offset: number,
  other: Float32Array,
): void {
  for (let y = top; y < bottom; y++) {
    for (let i = (y * width + left) * channels; i < (y * width + right) * channels; i++) out[offset + i] = other[i]!;
  }
}
