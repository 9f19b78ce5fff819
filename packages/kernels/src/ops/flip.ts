import type { Kernels } from '../kernels.ts';
import { checkPicture, type PictureSize } from './picture-checks.ts';

/**
 * Mirrors a picture left to right.
 *
 * @param x bytes [height][width][channels]
 * @param y bytes [height][width][channels], not overlapping `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function flipHorizontal(k: Kernels, x: number, y: number, size: PictureSize): void {
  checkPicture(k, 'flipHorizontal', 'x', x, size);
  checkPicture(k, 'flipHorizontal', 'y', y, size);
  k.wasm.flipHorizontal(x, y, size.height, size.width, size.channels);
}

/**
 * Turns a picture upside down.
 *
 * @param x bytes [height][width][channels]
 * @param y bytes [height][width][channels]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function flipVertical(k: Kernels, x: number, y: number, size: PictureSize): void {
  checkPicture(k, 'flipVertical', 'x', x, size);
  checkPicture(k, 'flipVertical', 'y', y, size);
  k.wasm.flipVertical(x, y, size.height, size.width * size.channels);
}
