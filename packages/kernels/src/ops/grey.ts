import type { Kernels } from '../kernels.ts';
import { checkColours, checkPixels } from './picture-checks.ts';

/**
 * y = (19595 R + 38470 G + 7471 B + 2¹⁵) >> 16, as Pillow's `convert('L')`.
 *
 * @param x bytes [pixels][channels], 3 or 4 channels; the fourth is left out
 * @param y bytes [pixels], not overlapping `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function grey(k: Kernels, x: number, y: number, pixels: number, channels: number): void {
  checkColours('grey', channels);
  checkPixels(k, 'grey', { x }, pixels, channels);
  k.check('grey: y', y, pixels, 1);
  k.wasm.grey(x, y, pixels, channels);
}

/**
 * y = x without colour: its {@link grey} in the first three channels; the fourth, where there is one, stays.
 *
 * @param x bytes [pixels][channels], 3 or 4 channels
 * @param y bytes [pixels][channels], not overlapping `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function desaturate(k: Kernels, x: number, y: number, pixels: number, channels: number): void {
  checkColours('desaturate', channels);
  checkPixels(k, 'desaturate', { x, y }, pixels, channels);
  k.wasm.desaturate(x, y, pixels, channels);
}
