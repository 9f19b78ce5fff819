import { checkApart, checkInteger, type Kernels } from '../kernels.ts';

/** Bytes behind a stream that {@link jpegCoefficients} may read, where it goes on beyond the end of a damaged one. */
export const jpegStreamSlack = 2048;

/** The most bytes of a scan: places of its bits are int32. */
export const jpegMostBytes = 2 ** 27;

/** Bytes that {@link jpegUnstuff} needs for what it makes of `length` bytes with `count` segments. */
export const jpegStreamBytes = (length: number, count: number): number => length + 32 * count + jpegStreamSlack;

/**
 * Takes the segments of a JPEG scan out of its bytes (ITU-T T.81, B.1.1.5): without the zero behind each 0xFF, and without the
 * restart markers between them.
 *
 * @param x bytes [length], from the first of the scan's data on
 * @param y room for {@link jpegStreamBytes}, not overlapping `x`: a segment begins at a multiple of 16, with the bytes of each
 *   word of 32 bits turned
 * @param segments int32 [count][2]: where in `y` a segment begins, and its bytes
 * @param count of the segments: one, or one for each restart interval
 * @returns where in `x` the marker is that ends the scan; −1 where there are not `count` segments with the markers between them
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function jpegUnstuff(k: Kernels, x: number, length: number, y: number, segments: number, count: number): number {
  checkInteger('jpegUnstuff: length', length, 0, jpegMostBytes);
  checkInteger('jpegUnstuff: count', count, 1, jpegMostBytes);
  k.check('jpegUnstuff: x', x, length, 1);
  k.check('jpegUnstuff: y', y, Math.ceil(jpegStreamBytes(length, count) / 4));
  k.check('jpegUnstuff: segments', segments, 2 * count);
  const output = { pointer: y, elements: jpegStreamBytes(length, count), elementBytes: 1 };
  checkApart('jpegUnstuff', output, { x: { pointer: x, elements: length, elementBytes: 1 } });
  return k.wasm.jpegUnstuff(x, length, y, segments, count);
}
