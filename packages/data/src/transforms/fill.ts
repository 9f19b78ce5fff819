import { z } from 'zod';
import { TransformError } from '../errors.ts';
import type { Image } from '../image.ts';

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
  if (typeof fill === 'number') {
    data.fill(fill, begin, end);
    return;
  }
  if (fill.length !== channels) {
    throw new TransformError(
      'TRANSFORM_IMAGE',
      `fill: expected one value for all channels or ${channels} values, for an image of ${channels} channels, ` +
        `got ${fill.length} values`,
    );
  }
  for (let i = begin; i < end; i += channels) {
    for (let channel = 0; channel < channels; channel++) data[i + channel] = fill[channel]!;
  }
}
