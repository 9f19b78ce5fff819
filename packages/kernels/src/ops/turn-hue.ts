import { checkInteger, type Kernels } from '../kernels.ts';
import { checkColours, checkPixels } from './picture-checks.ts';

/**
 * Turns the colours around the wheel through Pillow's HSV in bytes (libImaging/Convert.c), with its roundings, so that even a
 * turn of 0 rounds; the fourth channel, where there is one, stays.
 *
 * @param x bytes [pixels][channels], 3 or 4 channels
 * @param y bytes [pixels][channels]; may be `x`
 * @param turn in 256ths of the wheel, 0..255
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function turnHue(k: Kernels, x: number, y: number, pixels: number, channels: number, turn: number): void {
  checkColours('turnHue', channels);
  checkPixels(k, 'turnHue', { x, y }, pixels, channels);
  checkInteger('turnHue: turn', turn, 0, 255);
  k.wasm.turnHue(x, y, pixels, channels, turn);
}
