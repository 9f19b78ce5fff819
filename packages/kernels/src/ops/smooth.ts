import type { Kernels } from '../kernels.ts';
import { checkPicture, type PictureSize } from './picture-checks.ts';

/**
 * [1 1 1; 1 5 1; 1 1 1]/13 over each channel, rounded, the outermost pixels as they are: Pillow's `ImageFilter.SMOOTH`.
 *
 * @param x bytes [height][width][channels]
 * @param y bytes [height][width][channels], not overlapping `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function smooth(k: Kernels, x: number, y: number, size: PictureSize): void {
  checkPicture(k, 'smooth', 'x', x, size);
  checkPicture(k, 'smooth', 'y', y, size);
  k.wasm.smooth(x, y, size.height, size.width, size.channels);
}
