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
  checkPixelCounts(op, pixels, channels);
  for (const name in regions) checkBytes(k, op, name, regions[name]!, pixels * channels);
}

// Messages are put together where they are needed only: that takes longer than many a kernel does for a small picture.

function checkPixelCounts(op: string, pixels: number, channels: number): void {
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new KernelError('KERNEL_ARGUMENT', `${op}: expected 1, 3 or 4 channels, got ${channels}`);
  }
  if (Number.isInteger(pixels) && pixels >= 0 && pixels * channels <= 0x7fffffff) return;
  checkInteger(`${op}: pixels`, pixels, 0, Math.floor(0x7fffffff / channels));
}

/**
 * Refuses bytes that are not in memory.
 *
 * @throws KernelError `KERNEL_POINTER`
 */
export function checkBytes(k: Kernels, op: string, name: string, pointer: number, bytes: number): void {
  if (!k.holds(pointer, bytes, 1)) k.check(`${op}: ${name}`, pointer, bytes, 1);
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
  if (!isSide(size.height)) checkInteger(`${op}: height of ${name}`, size.height, 1);
  if (!isSide(size.width)) checkInteger(`${op}: width of ${name}`, size.width, 1);
  const pixels = size.height * size.width;
  checkPixelCounts(op, pixels, size.channels);
  checkBytes(k, op, name, pointer, pixels * size.channels);
}

const isSide = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 0x7fffffff;
