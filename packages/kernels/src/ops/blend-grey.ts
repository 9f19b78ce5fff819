import type { Kernels } from '../kernels.ts';
import { checkAlpha } from './blend.ts';
import { checkColours, checkPixels } from './picture-checks.ts';

/**
 * y = clamp(trunc(g + α·(x − g))) with the grey g of each pixel, each operation rounded to float32, as Pillow's
 * `ImageEnhance.Color`; the fourth channel, where there is one, stays.
 *
 * @param x bytes [pixels][channels], 3 or 4 channels
 * @param y bytes [pixels][channels]; may be `x`
 * @param alpha finite, of magnitude up to 10⁶; rounded to float32
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function blendGrey(k: Kernels, x: number, y: number, pixels: number, channels: number, alpha: number): void {
  checkColours('blendGrey', channels);
  checkPixels(k, 'blendGrey', { x, y }, pixels, channels);
  checkAlpha('blendGrey', alpha);
  k.wasm.blendGrey(x, y, pixels, channels, alpha);
}
