import { checkInteger, type Kernels } from '../kernels.ts';
import { checkPixels } from './picture-checks.ts';

/**
 * Lowest and highest value of each channel.
 *
 * @param x bytes [pixels][channels], at least one pixel of 1, 3 or 4 channels
 * @param extremes bytes [channels][2]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function byteExtremes(k: Kernels, x: number, pixels: number, channels: number, extremes: number): void {
  checkPixels(k, 'byteExtremes', { x }, pixels, channels);
  checkInteger('byteExtremes: pixels', pixels, 1);
  k.check('byteExtremes: extremes', extremes, 2 * channels, 1);
  k.wasm.byteExtremes(x, pixels, channels, extremes);
}
