import type { Kernels, ResizeWeights } from '@lockstep/kernels';

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
 *
 * @param begin first output pixel that the table is for; `length`, how many
 */
export function resizeTable(size: number, outputSize: number, begin = 0, length = outputSize): ResizeTable {
  const scale = size / outputSize;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const bounds = new Int32Array(2 * length);
  const weights = new Int32Array(taps * length);
  const triangles = new Float64Array(taps);
  const inverse = 1 / support;
  for (let i = 0; i < length; i++) {
    const center = (begin + i + 0.5) * scale;
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

/**
 * The table of a part of the output, and what of the input it needs.
 *
 * @returns the table, whose bounds count from `first` on, and how many pixels it reads
 */
export function resizePart(
  size: number,
  outputSize: number,
  begin: number,
  length: number,
): { readonly table: ResizeTable; readonly first: number; readonly count: number } {
  const table = resizeTable(size, outputSize, begin, length);
  const { bounds } = table;
  // Neither the first nor the last pixel of an output lies before that of another.
  const first = bounds[0]!;
  const count = bounds.at(-2)! + bounds.at(-1)! - first;
  for (let i = 0; i < length; i++) bounds[2 * i]! -= first;
  return { table, first, count };
}

/** Writes a table to memory. */
export function placeTable(k: Kernels, { bounds, weights, taps }: ResizeTable, at: number): ResizeWeights {
  const weightsAt = at + 4 * bounds.length;
  k.i32.set(bounds, at / 4);
  k.i32.set(weights, weightsAt / 4);
  return { bounds: at, weights: weightsAt, taps };
}
