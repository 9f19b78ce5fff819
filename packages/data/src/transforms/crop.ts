import { copyRows, type Kernels } from '@lockstep/kernels';
import { z } from 'zod';
import { checkImages, copyBytes, type Image } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { type Fill, fillSchema, paint } from './fill.ts';

/**
 * What lies beyond the edges of a picture: a colour; the pixel at the edge; the picture mirrored, at the pixel on the edge
 * (reflect) or behind it (symmetric). As in torchvision and numpy.
 */
export type PaddingMode = 'constant' | 'edge' | 'reflect' | 'symmetric';

export interface PaddingOptions {
  /** Default 'constant'. */
  readonly paddingMode?: PaddingMode;
  /** For 'constant': one value in 0..255 for all channels, or one a channel. Default 0, black. */
  readonly fill?: Fill;
}

/** Schema of what is beyond the edges. */
export const paddingParameters = {
  paddingMode: z.enum(['constant', 'edge', 'reflect', 'symmetric']).default('constant'),
  fill: fillSchema.default(0),
};

/** Schema of a size: one number for a square, or [height, width]. */
export const sizeSchema = z.union([
  z
    .int()
    .min(1)
    .transform((side): [number, number] => [side, side]),
  z.tuple([z.int().min(1), z.int().min(1)]),
]);

/**
 * Cuts a rectangle out of a picture, which may reach beyond its edges: with the bytes of torchvision's `pad` and `crop`.
 *
 * @param top row of the picture that becomes the first; may be negative
 * @param left column of the picture that becomes the first; may be negative
 * @param output takes the result; its height and width are those of the rectangle, its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function crop(
  image: Image,
  top: number,
  left: number,
  output: Image,
  { paddingMode = 'constant', fill = 0 }: PaddingOptions = {},
): Image {
  checkImages('crop', image, output);
  const { data, width, height, channels } = image;
  // What of the output shows the picture.
  const first = clamped(-left, 0, output.width);
  const end = clamped(width - left, first, output.width);
  const firstRow = clamped(-top, 0, output.height);
  const endRow = clamped(height - top, firstRow, output.height);
  const isInside = (end - first) * (endRow - firstRow) === output.width * output.height;
  if (isInside || paddingMode === 'constant') {
    const stride = width * channels;
    const outputStride = output.width * channels;
    const isNone = end === first || endRow === firstRow;
    // Only the rows that are needed go to the kernels' memory.
    const rows = isNone ? data.subarray(0, 1) : data.subarray((top + firstRow) * stride, (top + endRow) * stride);
    const cut = (k: Kernels, x: number, y: number) => {
      if (!isInside) paint({ ...output, data: k.u8.subarray(y, y + output.data.length) }, fill);
      if (isNone) return;
      const from = x + (left + first) * channels;
      const to = y + firstRow * outputStride + first * channels;
      copyRows(k, from, stride, to, outputStride, endRow - firstRow, (end - first) * channels);
    };
    runKernel({ ...image, data: rows }, output, 0, cut, isInside ? 'anywhere' : 'apart');
    return output;
  }
  for (let row = 0; row < output.height; row++) {
    const from = sourceOf(top + row, height, paddingMode) * width;
    const to = row * output.width;
    copyBytes(data, (from + first + left) * channels, output.data, (to + first) * channels, (end - first) * channels);
    for (let column = 0; column < output.width; column++) {
      if (column === first && end > first) column = end;
      if (column >= output.width) break;
      const pixel = (from + sourceOf(left + column, width, paddingMode)) * channels;
      for (let i = 0; i < channels; i++) output.data[(to + column) * channels + i] = data[pixel + i]!;
    }
  }
  return output;
}

const clamped = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/** The row or column that is seen at `index` of a picture of `size`. */
function sourceOf(index: number, size: number, mode: Exclude<PaddingMode, 'constant'>): number {
  if (index >= 0 && index < size) return index;
  if (mode === 'edge' || size === 1) return index < 0 ? 0 : size - 1;
  const period = mode === 'reflect' ? 2 * size - 2 : 2 * size;
  const within = ((index % period) + period) % period;
  return within < size ? within : (mode === 'reflect' ? period : period - 1) - within;
}
