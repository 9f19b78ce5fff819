import { KernelError } from '../errors.ts';
import { checkInteger, type Kernels } from '../kernels.ts';
import { checkPicture, type PictureSize } from './picture-checks.ts';

/**
 * One direction of a resizing: each output row or column is a weighted sum of some neighbouring ones of the input, as in
 * Pillow's ImagingResample. In memory, since it is the same for each picture of a size.
 */
export interface ResizeWeights {
  /** int32 [output size][2]: the first one and how many. */
  readonly bounds: number;
  /** int32 [output size][taps], in 22-bit fixed point; those of one output add up to less than two, each is less than 32. */
  readonly weights: number;
  /** Weights of each, those that are not used included. */
  readonly taps: number;
}

/**
 * Resizes the rows of a picture: y [height][outputWidth] from x [height][width], rounded and clamped.
 *
 * @param x bytes [height][width][channels]
 * @param y bytes [height][outputWidth][channels], not overlapping `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function resizeRows(
  k: Kernels,
  x: number,
  y: number,
  size: PictureSize,
  outputWidth: number,
  weights: ResizeWeights,
): void {
  const { height, width, channels } = size;
  checkPicture(k, 'resizeRows', 'x', x, size);
  checkPicture(k, 'resizeRows', 'y', y, { height, width: outputWidth, channels });
  checkWeights(k, 'resizeRows', weights, width, outputWidth);
  k.wasm.resizeRows(x, height, width, channels, weights.bounds, weights.weights, weights.taps, y, outputWidth);
}

/**
 * Resizes the columns of a picture: y [outputHeight][width] from x [height][width], rounded and clamped.
 *
 * @param x bytes [height][width][channels]
 * @param y bytes [outputHeight][width][channels], not overlapping `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function resizeColumns(
  k: Kernels,
  x: number,
  y: number,
  size: PictureSize,
  outputHeight: number,
  weights: ResizeWeights,
): void {
  const { height, width, channels } = size;
  checkPicture(k, 'resizeColumns', 'x', x, size);
  checkPicture(k, 'resizeColumns', 'y', y, { height: outputHeight, width, channels });
  checkWeights(k, 'resizeColumns', weights, height, outputHeight);
  k.wasm.resizeColumns(x, width * channels, weights.bounds, weights.weights, weights.taps, y, outputHeight);
}

/** The bounds too: a kernel would read wherever they say. */
function checkWeights(
  k: Kernels,
  op: string,
  { bounds, weights, taps }: ResizeWeights,
  size: number,
  outputSize: number,
): void {
  checkInteger(`${op}: taps`, taps, 1);
  k.check(`${op}: bounds`, bounds, 2 * outputSize);
  k.check(`${op}: weights`, weights, taps * outputSize);
  for (let i = 0; i < outputSize; i++) {
    const first = k.i32[bounds / 4 + 2 * i]!;
    const count = k.i32[bounds / 4 + 2 * i + 1]!;
    if (first >= 0 && count >= 0 && count <= taps && first + count <= size) continue;
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `${op}: expected up to ${taps} of ${size} rows or columns for each output, got ${count} from ${first} on for ${i}`,
    );
  }
}
