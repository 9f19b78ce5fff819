import { stat } from 'node:fs/promises';
import type sharp from 'sharp';
import { decodeInThread } from './decode-pool.ts';
import { DataError } from './errors.ts';
import { fileError } from './file-errors.ts';
import type { Image, ImageShape } from './image.ts';
import { isJpeg } from './jpeg/header.ts';

/** Size of the result, its channels (1: grey, 3: RGB), and how to get there. */
export interface DecodeOptions extends ImageShape {
  /**
   * How a picture of other proportions gets the size asked for. 'contain' shows all of it, undistorted, between bars of
   * the background (default, since a digit must not be stretched or cut); 'cover' fills the frame and cuts off what is
   * too much; 'fill' stretches.
   */
  readonly fit?: 'contain' | 'cover' | 'fill' | undefined;
  /** What shows through transparent parts and fills the bars, in 0..255 for each of R, G, B. Default: black. */
  readonly background?: readonly [red: number, green: number, blue: number] | undefined;
  /** The most pixels that the file may have. Default: 268,402,689. */
  readonly limitInputPixels?: number | undefined;
  /** What messages call a picture that does not come from a file. Default: "picture". */
  readonly name?: string;
}

/** sharp's own limit, 16,383 × 16,383. */
const mostInputPixels = 0x3fff ** 2;

/**
 * Decodes a picture file (JPEG, PNG, WebP, GIF, AVIF, TIFF, SVG) to u8 pixels of the size asked for.
 *
 * It is turned upright by EXIF, put on the background where it is transparent, converted to sRGB (from CMYK, 16 bits, a
 * palette, with its colour profile), resized and, for one channel, made grey as Pillow does,
 * (19595 R + 38470 G + 7471 B + 0x8000) >> 16. Of an animation, the first picture. Pixels of the right size and form come
 * through unchanged.
 *
 * Most JPEGs are decoded by this package, to the bytes that Pillow gives (`decodeJpeg` says which, and how they are
 * resized). All others by sharp: resized with Lanczos; one smaller than asked for is enlarged with a shift of up to half of one
 * of its pixels, as libvips does. sharp's guards stay on: a damaged file is an error at the first warning, and so is a picture
 * above 268 megapixels.
 *
 * @param source path of a file, or the bytes of one
 * @throws DataError naming the file: `DATA_NOT_FOUND`, `DATA_READ`, `DATA_DECODE`; `DATA_THREAD` where a thread died
 */
export async function decodeImage(source: string | Uint8Array, options: DecodeOptions): Promise<Image> {
  const { height, width, channels } = options;
  const data = await decodeInto(source, options, (bytes) => new Uint8Array(new SharedArrayBuffer(bytes)));
  return { data: data.slice(), height, width, channels };
}

/**
 * The same, into shared memory.
 *
 * @param room gives so many bytes of it
 * @returns what `room` gave, full
 */
export async function decodeInto(
  source: string | Uint8Array,
  options: DecodeOptions,
  room: (bytes: number) => Uint8Array<SharedArrayBuffer>,
): Promise<Uint8Array<SharedArrayBuffer>> {
  const { height, width, channels, fit = 'contain', background = [0, 0, 0], limitInputPixels } = options;
  const name = typeof source === 'string' ? source : (options.name ?? 'picture');
  if (channels !== 1 && channels !== 3) {
    throw new DataError('DATA_DECODE', `${name}: expected to decode to 1 channel (grey) or 3 (RGB), got ${channels}`);
  }
  const isSize = (side: number): boolean => Number.isInteger(side) && side >= 1;
  if (!isSize(height) || !isSize(width)) {
    throw new DataError(
      'DATA_DECODE',
      `${name}: expected to decode to a size of positive integers, got ${height}×${width}`,
    );
  }
  const data = room(height * width * channels);
  const forJpeg = { fit, background, limitInputPixels: limitInputPixels ?? mostInputPixels };
  const output = { data, height, width, channels };
  if (typeof source !== 'string' && !isJpeg(source)) data.set(await decodeBySharp(source, options, name));
  else if (!(await decodeInThread({ source, options: forJpeg, output }))) {
    data.set(await decodeBySharp(source, options, name));
  }
  return data;
}

async function decodeBySharp(source: string | Uint8Array, options: DecodeOptions, name: string): Promise<Uint8Array> {
  const { height, width, channels, fit = 'contain', background = [0, 0, 0], limitInputPixels } = options;
  const [r, g, b] = background;
  const colour = { r, g, b };
  try {
    const open = await sharpWithoutCache();
    const { data, info } = await open(source, { autoOrient: true, ...(limitInputPixels && { limitInputPixels }) })
      .flatten({ background: colour })
      .resize(width, height, { fit, background: colour })
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.width !== width || info.height !== height || info.channels !== 3) {
      throw new Error(
        `expected ${height}×${width}×3 from the decoder, got ${info.height}×${info.width}×${info.channels}`,
      );
    }
    return channels === 3 ? data : toGrey(data);
  } catch (error) {
    if (typeof source === 'string') await checkFile(source);
    const message = error instanceof Error ? error.message : String(error);
    throw new DataError('DATA_DECODE', `${name}: expected a picture, it cannot be decoded: ${message}`, {
      cause: error,
    });
  }
}

/** Looked at once decoding has failed: sharp's own message for a missing file or a folder does not tell one from the other. */
async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(path, error, 'check the path');
  });
  if (!found.isFile()) throw new DataError('DATA_READ', `${path}: expected a picture file, got a folder or a device`);
}

/**
 * Loads sharp at its first use, so that worker threads, which only see decoded pixels, do without its native code. Its
 * cache would only hold pictures that are never asked for again; and pictures are decoded side by side, so each needs but
 * one thread.
 */
export async function sharpWithoutCache(): Promise<typeof sharp> {
  const { default: loaded } = await import('sharp');
  loaded.cache(false);
  loaded.concurrency(1);
  return loaded;
}

function toGrey(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = (19595 * rgb[3 * i]! + 38470 * rgb[3 * i + 1]! + 7471 * rgb[3 * i + 2]! + 0x8000) >> 16;
  }
  return grey;
}
