import type { Kernels } from '../kernels.ts';
import { checkPixels } from './picture-checks.ts';

/**
 * y = tables[channel][x]: each channel of a picture through a table of its own, as Pillow's `Image.point`.
 *
 * @param x bytes [pixels][channels], 1, 3 or 4 channels
 * @param tables bytes [channels][256]
 * @param y bytes [pixels][channels]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function lookUp(k: Kernels, x: number, tables: number, y: number, pixels: number, channels: number): void {
  checkPixels(k, 'lookUp', { x, y }, pixels, channels);
  k.check('lookUp: tables', tables, 256 * channels, 1);
  k.wasm.lookUp(x, tables, y, pixels, channels);
}
