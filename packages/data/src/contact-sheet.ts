import type { ImageDataset } from './dataset.ts';
import { DataError } from './errors.ts';
import { pictureOf } from './picture-stream.ts';

export interface ContactSheetOptions {
  /** Pictures of a class, side by side. Default: 10. */
  readonly columns?: number | undefined;
  /** The most classes, one a row. Default: 20. */
  readonly rows?: number | undefined;
  /** Smallest height of a picture, in pixels; smaller ones are shown larger, each pixel as a square. Default: 48. */
  readonly least?: number | undefined;
}

/** Pixels between two pictures, and their grey. */
const gap = 4;
const gapValue = 128;

/** The most pixels of a sheet, 192 MiB. */
const mostPixels = 2 ** 26;

/**
 * A picture of a data set: a row for each class, in their order, with its first samples.
 *
 * @returns a PNG
 * @throws DataError `DATA_LIMIT` where it would have more than 64 megapixels
 */
export async function contactSheet(dataset: ImageDataset, options: ContactSheetOptions = {}): Promise<Uint8Array> {
  const { columns = 10, rows: mostRows = 20, least = 48 } = options;
  const { height, width, channels, classes } = dataset;
  const scale = Math.max(1, Math.ceil(least / height));
  const rows = Math.min(mostRows, classes.length);
  const sheetWidth = columns * (width * scale + gap) + gap;
  const sheetHeight = rows * (height * scale + gap) + gap;
  if (sheetWidth * sheetHeight > mostPixels) {
    throw new DataError(
      'DATA_LIMIT',
      `contact sheet of ${dataset.name}: expected at most 64 megapixels, got ${sheetHeight}×${sheetWidth}; ` +
        'ask for fewer rows or columns, or smaller pictures',
    );
  }
  const sheet = new Uint8Array(sheetWidth * sheetHeight * 3).fill(gapValue);
  const shown = new Array<number>(rows).fill(0);
  for (let i = 0; i < dataset.length; i++) {
    const row = dataset.labels[i]!;
    if (row >= rows || shown[row]! >= columns) continue;
    const { data } = await pictureOf(dataset, i);
    const left = gap + shown[row]!++ * (width * scale + gap);
    const top = gap + row * (height * scale + gap);
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
        const to = ((top + y) * sheetWidth + left + x) * 3;
        for (let channel = 0; channel < 3; channel++) {
          sheet[to + channel] = data[from + (channels === 1 ? 0 : channel)]!;
        }
      }
    }
  }
  const { default: sharp } = await import('sharp');
  return sharp(sheet, { raw: { width: sheetWidth, height: sheetHeight, channels: 3 } })
    .png()
    .toBuffer();
}
