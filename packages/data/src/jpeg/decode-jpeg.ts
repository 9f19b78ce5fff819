import { Allocator, grey, jpegMostBytes, resizeColumns, resizeRows } from '@lockstep/kernels';
import type { Image } from '../image.ts';
import { kernelsWith } from '../run-kernel.ts';
import { placeTable, resizePart } from '../transforms/resize-table.ts';
import { readJpegHeader } from './header.ts';
import { decodePixels, layOutJpeg } from './pixels.ts';
import { placementOf, type Rectangle } from './placement.ts';
import { partInFile, turnUpright, uprightSize } from './turn.ts';

/** How a picture is brought to the size of the output. */
export interface JpegOptions {
  readonly fit: 'contain' | 'cover' | 'fill';
  readonly background: readonly [red: number, green: number, blue: number];
  /** The most pixels that the file may have. */
  readonly limitInputPixels: number;
}

/** Tables of this thread, by the sizes and the part: the pictures of a folder are of few sizes, and to make a table takes as long as to use it. */
const tables = new Map<string, ReturnType<typeof resizePart>>();
const mostTables = 16;

/** The most pixels that are decoded, after the reduction: what is larger takes too much memory at once. */
const mostPixels = 2 ** 23;

/**
 * Decodes a JPEG to the size and the channels (1: grey, 3: RGB) of `output`, if it is of the kind that {@link readJpegHeader} takes,
 * undamaged, and within the limits.
 *
 * The pixels are Pillow's: decoded as with `draft` for the size that it is resized to, turned upright by EXIF, resized with the
 * bilinear filter, cut or put between bars as `placementOf` says, made grey by `convert('L')`.
 *
 * @returns whether it did; `output` holds anything where not
 */
export function decodeJpeg(
  file: Uint8Array,
  output: Image,
  { fit, background, limitInputPixels }: JpegOptions,
): boolean {
  const header = file.length <= jpegMostBytes ? readJpegHeader(file) : undefined;
  if (header === undefined || header.width * header.height > limitInputPixels) return false;
  const { orientation } = header;
  const placement = placementOf(uprightSize(header, orientation), output, fit);
  const { resized, part } = placement;
  const reduction = reductionFor(uprightSize(header, orientation), resized);
  const layout = new Allocator(1024);
  const at = layOutJpeg(layout, header, file.length - header.begin, reduction);
  if (at.width * at.height > mostPixels) return false;

  // Of the reduced picture, upright, what the part is made of.
  const whole = uprightSize(at, orientation);
  const across = tableFor(whole.width, resized.width, part.left, part.columns);
  const down = tableFor(whole.height, resized.height, part.top, part.rows);
  const source: Rectangle = { top: down.first, left: across.first, rows: down.count, columns: across.count };
  const inFile = partInFile(source, at, orientation);
  const channels = header.components.length;
  const decoded = layout.bytes(inFile.rows * inFile.columns * channels);
  const upright = orientation === 1 ? decoded : layout.bytes(inFile.rows * inFile.columns * channels);
  const narrowed = across.table ? layout.bytes(source.rows * part.columns * channels) : upright;
  const result = down.table ? layout.bytes(part.rows * part.columns * channels) : narrowed;
  const [acrossAt, downAt] = [layout.bytes(across.table?.bytes ?? 0), layout.bytes(down.table?.bytes ?? 0)];
  const greyAt = layout.bytes(part.rows * part.columns);

  const k = kernelsWith(layout.end);
  if (!decodePixels(k, at, file, inFile, decoded)) return false;
  if (orientation !== 1) {
    turnUpright(k.u8, decoded, upright, { height: inFile.rows, width: inFile.columns, channels }, orientation);
  }
  const size = { height: source.rows, width: source.columns, channels };
  if (across.table) resizeRows(k, upright, narrowed, size, part.columns, placeTable(k, across.table, acrossAt));
  const middle = { ...size, width: part.columns };
  if (down.table) resizeColumns(k, narrowed, result, middle, part.rows, placeTable(k, down.table, downAt));
  const pixels = part.rows * part.columns;
  const toGrey = channels === 3 && output.channels === 1;
  if (toGrey) grey(k, result, greyAt, pixels, 3);
  const values = k.u8.subarray(toGrey ? greyAt : result, (toGrey ? greyAt : result) + pixels * (toGrey ? 1 : channels));
  write(values, toGrey ? 1 : channels, part, output, placement, background);
  return true;
}

/** Of what pixels some outputs are made, and how; without a table where the size stays. */
function tableFor(size: number, outputSize: number, begin: number, length: number) {
  if (size === outputSize) return { table: undefined, first: begin, count: length };
  const key = `${size} ${outputSize} ${begin} ${length}`;
  const table = tables.get(key) ?? resizePart(size, outputSize, begin, length);
  if (tables.size >= mostTables) tables.clear();
  tables.set(key, table);
  return table;
}

/** The smallest picture that the decoder can make of no less than the size wanted: Pillow's `draft`. */
function reductionFor(size: { height: number; width: number }, wanted: { height: number; width: number }) {
  const scale = Math.min(Math.floor(size.width / wanted.width), Math.floor(size.height / wanted.height));
  return scale >= 8 ? 8 : scale >= 4 ? 4 : scale >= 2 ? 2 : 1;
}

/** Puts a part in its place in the output, between bars where it is smaller. */
function write(
  values: Uint8Array,
  channels: number,
  { rows, columns }: Rectangle,
  output: Image,
  { top, left }: { readonly top: number; readonly left: number },
  [red, green, blue]: JpegOptions['background'],
): void {
  const { data, width } = output;
  if (rows < output.height || columns < width) {
    const bar =
      output.channels === 3 ? [red, green, blue] : [(19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16];
    for (let i = 0; i < data.length; i++) data[i] = bar[i % bar.length]!;
  }
  for (let row = 0; row < rows; row++) {
    const line = values.subarray(row * columns * channels, (row + 1) * columns * channels);
    const to = ((top + row) * width + left) * output.channels;
    if (channels === output.channels) data.set(line, to);
    else for (let i = 0; i < 3 * columns; i++) data[to + i] = line[Math.floor(i / 3)]!;
  }
}
