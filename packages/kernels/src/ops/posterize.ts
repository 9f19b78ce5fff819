import { checkInteger, type Kernels } from '../kernels.ts';
import { checkPixels } from './picture-checks.ts';

/**
 * y = the highest `bits` bits of x, as Pillow's `ImageOps.posterize`; the fourth channel, where there is one, stays.
 *
 * @param x bytes [pixels][channels], 1, 3 or 4 channels
 * @param y bytes [pixels][channels]; may be `x`
 * @param bits in 0..8
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function posterize(k: Kernels, x: number, y: number, pixels: number, channels: number, bits: number): void {
  checkPixels(k, 'posterize', { x, y }, pixels, channels);
  checkInteger('posterize: bits', bits, 0, 8);
  k.wasm.posterize(x, y, pixels, channels, bits);
}
