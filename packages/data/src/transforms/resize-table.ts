/** How each pixel of a resized row or column is made: of which pixels, with which weights in 22-bit fixed point. */
export interface ResizeTable {
  /** [output size][2]: first pixel and how many. */
  readonly bounds: Int32Array;
  /** [output size][taps]. */
  readonly weights: Int32Array;
  readonly taps: number;
  /** Room in memory for both, one after the other, as a multiple of 64. */
  readonly bytes: number;
}

/**
 * The weights of Pillow's bilinear resizing (libImaging/Resample.c: precompute_coeffs, normalize_coeffs_8bpc): a triangle as
 * wide as two output pixels where the picture shrinks, as two input pixels where it grows.
 */
export function resizeTable(size: number, outputSize: number): ResizeTable {
  const scale = size / outputSize;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const bounds = new Int32Array(2 * outputSize);
  const weights = new Int32Array(taps * outputSize);
  const triangles = new Float64Array(taps);
  const inverse = 1 / support;
  for (let i = 0; i < outputSize; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(size, Math.trunc(center + support + 0.5)) - first;
    let sum = 0;
    for (let n = 0; n < count; n++) {
      const triangle = Math.max(0, 1 - Math.abs((n + first - center + 0.5) * inverse));
      triangles[n] = triangle;
      sum += triangle;
    }
    bounds[2 * i] = first;
    bounds[2 * i + 1] = count;
    for (let n = 0; n < count; n++) {
      const weight = sum === 0 ? triangles[n]! : triangles[n]! / sum;
      weights[taps * i + n] = Math.trunc(0.5 + weight * 2 ** 22);
    }
  }
  return { bounds, weights, taps, bytes: Math.ceil((4 * (bounds.length + weights.length)) / 64) * 64 };
}
