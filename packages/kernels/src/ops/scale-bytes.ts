import { KernelError } from '../errors.ts';
import { checkInteger, type Kernels } from '../kernels.ts';
import { checkPixels } from './picture-checks.ts';

/** What a byte is multiplied with, and what is added then, both in 16.16 fixed point. */
export type ByteLine = readonly [factor: number, offset: number];

/** Bytes that {@link scaleBytes} needs for itself. */
export const scaleScratchBytes = 32;

/**
 * y = clamp((x·factor + offset) >> 16), with a line for each channel.
 *
 * @param x bytes [pixels][channels], 1, 3 or 4 channels
 * @param y bytes [pixels][channels]; may be `x`
 * @param lines one a channel, of integers that keep x·factor + offset within int32 for all bytes
 * @param scratch {@link scaleScratchBytes}
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function scaleBytes(
  k: Kernels,
  x: number,
  y: number,
  pixels: number,
  lines: readonly ByteLine[],
  scratch: number,
): void {
  checkPixels(k, 'scaleBytes', { x, y }, pixels, lines.length);
  k.check('scaleBytes: scratch', scratch, scaleScratchBytes / 4);
  for (const [factor, offset] of lines) {
    checkInteger('scaleBytes: factor', factor, -0x80000000);
    checkInteger('scaleBytes: offset', offset, -0x80000000);
    const last = 255 * factor;
    const [least, most] = [Math.min(0, last) + Math.min(0, offset), Math.max(0, last) + Math.max(0, offset)];
    if (least < -0x80000000 || most > 0x7fffffff) {
      throw new KernelError(
        'KERNEL_ARGUMENT',
        `scaleBytes: expected a factor and an offset that keep bytes within int32, got ${factor} and ${offset}`,
      );
    }
  }
  k.i32.set(lines.flat(), scratch / 4);
  k.wasm.scaleBytes(x, scratch, y, pixels, lines.length);
}
