import { type ByteLine, byteExtremes, histogram, histogramScratchBytes, lookUp, scaleBytes } from '@lockstep/kernels';
import { z } from 'zod';
import { checkSameShape, type Image, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineTransform } from './define.ts';
import { fillIdentity, tableBytes } from './tables.ts';

/** Percent of the pixels that are left out at the dark and at the bright end. */
export type Cutoff = number | readonly [dark: number, bright: number];

/**
 * Stretches the values of each channel to 0…255, with the bytes of Pillow 9.4's `ImageOps.autocontrast`; opacity stays.
 *
 * @param cutoff percent of the pixels, in 0..100, that may be cut off at either end (or [dark, bright])
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function autocontrast(image: Image, cutoff: Cutoff = 0, output: Image = newImage(image)): Image {
  checkSameShape('autocontrast', image, output);
  const { channels } = image;
  const pixels = image.height * image.width;
  const [dark, bright] = typeof cutoff === 'number' ? [cutoff, cutoff] : cutoff;
  const all = dark === 0 && bright === 0;
  const countsBytes = all ? 64 : 1024 * channels;
  const scratchBytes = tableBytes(channels) + countsBytes + histogramScratchBytes(channels);
  runKernel(image, output, scratchBytes, (k, x, y, tables) => {
    const counts = tables + tableBytes(channels);
    fillIdentity(k.u8, tables, channels);
    const slopes = new Array<number>(channels).fill(1);
    if (all) byteExtremes(k, x, pixels, channels, counts);
    else histogram(k, x, pixels, channels, counts, counts + countsBytes);
    for (let channel = 0; channel < Math.min(channels, 3); channel++) {
      const [low, high] = all
        ? [k.u8[counts + 2 * channel]!, k.u8[counts + 2 * channel + 1]!]
        : remaining(k.i32.slice(counts / 4 + 256 * channel, counts / 4 + 256 * (channel + 1)), pixels, dark, bright);
      if (high <= low) continue;
      const scale = 255 / (high - low);
      slopes[channel] = scale;
      const offset = -low * scale;
      for (let value = 0; value < 256; value++) {
        k.u8[tables + 256 * channel + value] = Math.min(255, Math.max(0, Math.trunc(value * scale + offset)));
      }
    }
    const lines = slopes.map((slope, channel) => lineOf(k.u8, tables + 256 * channel, slope));
    if (lines.every((line) => line !== undefined)) scaleBytes(k, x, y, pixels, lines, counts);
    else lookUp(k, x, tables, y, pixels, channels);
  });
  return output;
}

/**
 * The line in fixed point that gives exactly what a table says, which is faster than to look each byte up. There is one for 97 of
 * 100 stretches; else undefined, since in the others Pillow's roundings lie on both sides of one.
 */
function lineOf(bytes: Uint8Array, table: number, slope: number): ByteLine | undefined {
  // Steeper ones leave int32.
  if (slope > 127) return undefined;
  const nearest = Math.round(slope * 65536);
  for (const factor of [nearest, nearest + 1, nearest - 1]) {
    // Each value leaves the offset between two bounds.
    let least = Number.NEGATIVE_INFINITY;
    let most = Number.POSITIVE_INFINITY;
    for (let value = 0; value < 256; value++) {
      const wanted = bytes[table + value]!;
      if (wanted > 0) least = Math.max(least, wanted * 65536 - value * factor);
      if (wanted < 255) most = Math.min(most, wanted * 65536 + 65535 - value * factor);
    }
    if (least <= most) return [factor, least];
  }
  return undefined;
}

/** The lowest and the highest value of which something is left when the darkest and the brightest pixels are cut off. */
function remaining(counts: Int32Array, pixels: number, dark: number, bright: number): [low: number, high: number] {
  let cut = percentOf(pixels, dark);
  for (let value = 0; value < 256 && cut > 0; value++) {
    const taken = Math.min(cut, counts[value]!);
    counts[value] = counts[value]! - taken;
    cut -= taken;
  }
  cut = percentOf(pixels, bright);
  for (let value = 255; value >= 0 && cut > 0; value--) {
    const taken = Math.min(cut, counts[value]!);
    counts[value] = counts[value]! - taken;
    cut -= taken;
  }
  let low = 0;
  while (low < 255 && counts[low] === 0) low++;
  let high = 255;
  while (high > 0 && counts[high] === 0) high--;
  return [low, high];
}

/** Python's pixels·percent // 100, whose remainder is exact. */
function percentOf(pixels: number, percent: number): number {
  const product = pixels * percent;
  return (product - (product % 100)) / 100;
}

const percent = z.number().min(0).max(100);

/** `{ op: 'autocontrast' }`: each channel stretched to 0…255; `cutoff: 2` or `[dark, bright]` leaves out percents of the pixels. */
export const autocontrastTransform = defineTransform({
  name: 'autocontrast',
  parameters: z.strictObject({ cutoff: z.union([percent, z.tuple([percent, percent])]).default(0) }),
  sampled: z.null(),
  sample: () => null,
  apply: (image, _sampled, output, { cutoff }) => {
    autocontrast(image, cutoff, output);
  },
});
