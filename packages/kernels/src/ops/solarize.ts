import { checkInteger, type Kernels } from '../kernels.ts';
import { checkPixels } from './picture-checks.ts';

/**
 * y = x < threshold ? x : 255 − x, as Pillow's `ImageOps.solarize`; the fourth channel, where there is one, stays.
 *
 * @param x bytes [pixels][channels], 1, 3 or 4 channels
 * @param y bytes [pixels][channels]; may be `x`
 * @param threshold in 0..255; 0 inverts
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function solarize(k: Kernels, x: number, y: number, pixels: number, channels: number, threshold: number): void {
  checkPixels(k, 'solarize', { x, y }, pixels, channels);
  checkInteger('solarize: threshold', threshold, 0, 255);
  k.wasm.solarize(x, y, pixels, channels, threshold);
}

/**
 * y = x < threshold ? min(x + addition, 255) : x; the fourth channel, where there is one, stays.
 *
 * @param x bytes [pixels][channels], 1, 3 or 4 channels
 * @param y bytes [pixels][channels]; may be `x`
 * @param threshold in 0..255
 * @param addition in 0..255
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function solarizeAdd(
  k: Kernels,
  x: number,
  y: number,
  pixels: number,
  channels: number,
  threshold: number,
  addition: number,
): void {
  checkPixels(k, 'solarizeAdd', { x, y }, pixels, channels);
  checkInteger('solarizeAdd: threshold', threshold, 0, 255);
  checkInteger('solarizeAdd: addition', addition, 0, 255);
  k.wasm.solarizeAdd(x, y, pixels, channels, threshold, addition);
}
