import { KernelError } from '../errors.ts';
import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';

/** The planes of a decoded picture, and how those of chroma are smaller. */
export interface JpegPlanes {
  readonly height: number;
  readonly width: number;
  /** Bytes [height][stride]. */
  readonly luma: number;
  readonly lumaStride: number;
  /** Bytes [⌈height / vertical⌉][stride]; `cr` likewise. */
  readonly cb: number;
  readonly cr: number;
  readonly chromaStride: number;
  /** Columns, and rows, that share a sample of chroma: 1 or 2. */
  readonly horizontal: number;
  readonly vertical: number;
  /** Whether chroma between samples is interpolated; else it is the nearest sample's. */
  readonly fancy: boolean;
}

/** A rectangle of a picture. */
export interface JpegWindow {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/** Bytes that {@link jpegPixels} needs for itself, for a picture so wide. */
export const jpegPixelsScratchBytes = (width: number): number => 6 * width + 512;

/**
 * Colours of a part of a picture: chroma brought to the size of luma by libjpeg's "fancy" upsampling (jdsample.c: three parts of
 * the nearest sample, one of the next but one, in each direction), then red, green and blue by its 16-bit factors (jdcolor.c).
 *
 * @param y bytes [rows][columns][3]
 * @param scratch {@link jpegPixelsScratchBytes}
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function jpegPixels(k: Kernels, planes: JpegPlanes, window: JpegWindow, y: number, scratch: number): void {
  const { height, width, luma, lumaStride, cb, cr, chromaStride, horizontal, vertical, fancy } = planes;
  const { top, left, rows, columns } = window;
  const op = 'jpegPixels';
  checkInteger(`${op}: horizontal`, horizontal, 1, 2);
  checkInteger(`${op}: vertical`, vertical, 1, 2);
  checkCounts(op, { height, lumaStride });
  checkCounts(op, { height, chromaStride });
  checkCounts(op, { rows, columns, channels: 3 });
  checkInteger(`${op}: width`, width, 1, lumaStride);
  checkInteger(`${op}: top`, top, 0, height - rows);
  checkInteger(`${op}: left`, left, 0, width - columns);
  const [chromaHeight, chromaWidth] = [Math.ceil(height / vertical), Math.ceil(width / horizontal)];
  if (chromaStride < chromaWidth) {
    throw new KernelError('KERNEL_ARGUMENT', `${op}: expected rows of ${chromaWidth} bytes, got ${chromaStride}`);
  }
  k.check(`${op}: luma`, luma, (height - 1) * lumaStride + width, 1);
  k.check(`${op}: cb`, cb, (chromaHeight - 1) * chromaStride + chromaWidth, 1);
  k.check(`${op}: cr`, cr, (chromaHeight - 1) * chromaStride + chromaWidth, 1);
  k.check(`${op}: y`, y, 3 * rows * columns, 1);
  k.check(`${op}: scratch`, scratch, jpegPixelsScratchBytes(width), 1);
  if (rows === 0 || columns === 0) return;
  k.wasm.jpegPixels(
    luma,
    lumaStride,
    cb,
    cr,
    chromaStride,
    chromaWidth,
    chromaHeight,
    horizontal,
    vertical,
    fancy ? 1 : 0,
    top,
    left,
    rows,
    columns,
    scratch,
    y,
  );
}
