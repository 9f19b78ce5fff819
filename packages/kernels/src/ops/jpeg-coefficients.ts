import { KernelError } from '../errors.ts';
import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';
import { jpegTableBytes } from './jpeg-huffman-table.ts';
import { jpegMostBytes, jpegStreamSlack } from './jpeg-unstuff.ts';

/** Bytes of what {@link jpegCoefficients} keeps from row to row. */
export const jpegStateBytes = 128;

/** A sequential scan of a JPEG, in memory. */
export interface JpegScan {
  /** What `jpegUnstuff` wrote. */
  readonly stream: number;
  /** Bytes of it, its slack not included. */
  readonly streamBytes: number;
  /** int32 [segmentCount][2], as `jpegUnstuff` gives them. */
  readonly segments: number;
  readonly segmentCount: number;
  /** Units (MCUs) between two restart markers; all where there are none. */
  readonly interval: number;
  /** Units of the picture. */
  readonly total: number;
  /** int32 [32], zeros before the first row. */
  readonly state: number;
  /** Room for eight tables of `jpegHuffmanTable`, four for DC and four for AC, of which those are there that are used. */
  readonly tables: number;
  /** Which of the four tables for DC, and of those for AC, each component takes: one component, or three. */
  readonly components: readonly { readonly dc: number; readonly ac: number }[];
  /** Blocks of the first component that a unit has, across and down: 1 or 2. The others have one. */
  readonly horizontal: number;
  readonly vertical: number;
}

/** Blocks of a unit. */
export const jpegBlocks = ({ components, horizontal, vertical }: JpegScan): number =>
  horizontal * vertical + components.length - 1;

/**
 * Decodes the next row of units of a sequential JPEG scan (ITU-T T.81, F.2.2).
 *
 * @param units of a row
 * @param x int16 [{@link jpegBlocks} × units][64], in natural order: the blocks of a component, row by row, then those of the next
 * @param extents bytes [{@link jpegBlocks} × units]: the last coefficient of each that is not 0, counted in the order of the file
 * @returns whether there is such a row; not where the data is damaged, or does not end where the picture does
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function jpegCoefficients(k: Kernels, scan: JpegScan, units: number, x: number, extents: number): boolean {
  const { stream, streamBytes, segments, segmentCount, interval, total, state, tables, components } = scan;
  const { horizontal, vertical } = scan;
  const op = 'jpegCoefficients';
  checkInteger(`${op}: streamBytes`, streamBytes, 0, jpegMostBytes);
  checkInteger(`${op}: segmentCount`, segmentCount, 1, jpegMostBytes);
  checkInteger(`${op}: interval`, interval, 1, jpegMostBytes);
  checkInteger(`${op}: total`, total, 1, jpegMostBytes);
  checkInteger(`${op}: horizontal`, horizontal, 1, 2);
  checkInteger(`${op}: vertical`, vertical, 1, 2);
  if (components.length !== 1 && components.length !== 3) {
    throw new KernelError('KERNEL_ARGUMENT', `${op}: expected 1 or 3 components, got ${components.length}`);
  }
  let selectors = 0;
  for (const [i, { dc, ac }] of components.entries()) {
    checkInteger(`${op}: DC table`, dc, 0, 3);
    checkInteger(`${op}: AC table`, ac, 0, 3);
    selectors |= (dc | (ac << 4)) << (8 * i);
  }
  const blocks = jpegBlocks(scan);
  checkCounts(op, { units, values: 64 * blocks });
  if (segmentCount !== Math.ceil(total / interval)) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `${op}: expected a segment for each ${interval} of ${total} units, got ${segmentCount}`,
    );
  }
  k.check(`${op}: stream`, stream, Math.ceil((streamBytes + jpegStreamSlack) / 4));
  k.check(`${op}: segments`, segments, 2 * segmentCount);
  k.check(`${op}: state`, state, jpegStateBytes / 8, 8);
  k.check(`${op}: tables`, tables, (8 * jpegTableBytes) / 4);
  k.check(`${op}: x`, x, 32 * blocks * units);
  k.check(`${op}: extents`, extents, blocks * units, 1);
  const decoded = k.wasm.jpegCoefficients(
    stream,
    streamBytes,
    segments,
    segmentCount,
    interval,
    total,
    state,
    tables,
    selectors,
    components.length,
    horizontal,
    vertical,
    units,
    x,
    extents,
  );
  return decoded === 1;
}
