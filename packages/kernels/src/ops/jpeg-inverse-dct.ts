import { KernelError } from '../errors.ts';
import { checkCounts, type Kernels } from '../kernels.ts';

/** Bytes that {@link jpegInverseDct} needs for itself. */
export const jpegInverseDctScratchBytes = 128;

/** Pixels of a side that a block of 8×8 becomes: all, or those of a picture of a half, a quarter or an eighth. */
export type JpegBlockSize = 1 | 2 | 4 | 8;

/**
 * Pixels of a row of blocks of one component: the inverse DCT of its coefficients times the quantisation table, plus 128, with
 * the bytes of libjpeg's accurate integer method (jidctint.c; for smaller blocks jidctred.c), as SSE2 computes it.
 *
 * @param x int16 [blocks][64], in natural order
 * @param extents bytes [blocks]: 0 for those of which only the first coefficient is not 0
 * @param quantisation int16 [64], in natural order
 * @param y bytes [size][stride]: the blocks beside each other; the rest of a row stays as it is
 * @param stride bytes from a row to the next, blocks · size at least
 * @param scratch {@link jpegInverseDctScratchBytes}
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function jpegInverseDct(
  k: Kernels,
  x: number,
  extents: number,
  blocks: number,
  quantisation: number,
  y: number,
  stride: number,
  size: JpegBlockSize,
  scratch: number,
): void {
  const op = 'jpegInverseDct';
  if (![1, 2, 4, 8].includes(size)) {
    throw new KernelError('KERNEL_ARGUMENT', `${op}: expected a size of 1, 2, 4 or 8, got ${size}`);
  }
  checkCounts(op, { blocks, values: 64 });
  checkCounts(op, { stride, size });
  if (stride < blocks * size) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `${op}: expected a stride of at least ${blocks} blocks of ${size}, got ${stride}`,
    );
  }
  k.check(`${op}: x`, x, 32 * blocks);
  k.check(`${op}: extents`, extents, blocks, 1);
  k.check(`${op}: quantisation`, quantisation, 32);
  k.check(`${op}: y`, y, (size - 1) * stride + blocks * size, 1);
  k.check(`${op}: scratch`, scratch, jpegInverseDctScratchBytes / 4);
  k.wasm.jpegInverseDct(x, extents, blocks, quantisation, y, stride, size, scratch);
}
