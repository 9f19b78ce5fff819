import type { Kernels } from '../kernels.ts';
import { checkPixels } from './picture-checks.ts';

/** Bytes that {@link histogram} needs for itself. */
export const histogramScratchBytes = (channels: number): number => 3 * 1024 * channels;

/**
 * Counts the pixels of each value in each channel.
 *
 * @param x bytes [pixels][channels], 1, 3 or 4 channels
 * @param counts int32 [channels][256]
 * @param scratch {@link histogramScratchBytes}
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function histogram(
  k: Kernels,
  x: number,
  pixels: number,
  channels: number,
  counts: number,
  scratch: number,
): void {
  checkPixels(k, 'histogram', { x }, pixels, channels);
  k.check('histogram: counts', counts, 256 * channels);
  k.check('histogram: scratch', scratch, histogramScratchBytes(channels) / 4);
  k.wasm.histogram(x, pixels, channels, counts, scratch);
}
