import { KernelError } from '../errors.ts';
import { checkInteger, type Kernels } from '../kernels.ts';

/** Size of a picture in pixels, and its channels: 1, 3 or 4. Its bytes are [height, width, channels]. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Refuses channels that are not 1, 3 or 4, and regions that are not bytes [pixels][channels].
 *
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function checkPixels(
  k: Kernels,
  op: string,
  regions: Readonly<Record<string, number>>,
  pixels: number,
  channels: number,
): void {
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new KernelError('KERNEL_ARGUMENT', `${op}: expected 1, 3 or 4 channels, got ${channels}`);
  }
  checkInteger(`${op}: pixels`, pixels, 0, Math.floor(0x7fffffff / channels));
  for (const [name, pointer] of Object.entries(regions)) k.check(`${op}: ${name}`, pointer, pixels * channels, 1);
}

/**
 * Refuses pictures without colours.
 *
 * @throws KernelError `KERNEL_ARGUMENT`
 */
export function checkColours(op: string, channels: number): void {
  if (channels !== 1) return;
  throw new KernelError('KERNEL_ARGUMENT', `${op}: expected 3 or 4 channels, got 1`);
}

/**
 * Refuses a picture without pixels, or that is not in memory.
 *
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function checkPicture(k: Kernels, op: string, name: string, pointer: number, size: PictureSize): void {
  checkInteger(`${op}: height of ${name}`, size.height, 1);
  checkInteger(`${op}: width of ${name}`, size.width, 1);
  checkPixels(k, op, { [name]: pointer }, size.height * size.width, size.channels);
}
