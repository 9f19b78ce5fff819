import { z } from 'zod';
import { TransformError } from '../errors.ts';
import { copyBytes, type Image } from '../image.ts';

const byte = z.int().min(0).max(255);

/** Schema of a colour for what lies outside the picture: one byte for all channels, or one a channel. */
export const fillSchema = z.union([byte, z.array(byte).min(1)]);

/** A colour: one value in 0..255 for all channels, or one a channel. */
export type Fill = number | readonly number[];

/**
 * Paints the whole image.
 *
 * @throws TransformError `TRANSFORM_IMAGE` where the colour has another number of channels than the image
 */
export function paint(image: Image, fill: Fill): void {
  paintBytes(image, 0, image.data.length, fill);
}

/**
 * Paints the bytes from `begin` to `end`, which are whole pixels.
 *
 * @throws TransformError `TRANSFORM_IMAGE` where the colour has another number of channels than the image
 */
export function paintBytes({ data, channels }: Image, begin: number, end: number, fill: Fill): void {
  if (typeof fill !== 'number' && fill.length !== channels) {
    throw new TransformError(
      'TRANSFORM_IMAGE',
      `fill: expected one value for all channels or ${channels} values, for an image of ${channels} channels, ` +
        `got ${fill.length} values`,
    );
  }
  if (end <= begin) return;
  for (let i = 0; i < channels; i++) data[begin + i] = typeof fill === 'number' ? fill : fill[i]!;
  // Twice as much with each copy: TypedArray.fill goes byte by byte through memory that threads share.
  for (let done = channels; begin + done < end; done *= 2) {
    copyBytes(data, begin, data, begin + done, Math.min(done, end - begin - done));
  }
}
