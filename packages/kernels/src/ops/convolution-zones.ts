import type { Walk } from './convolution-walks.ts';

/**
 * Along one axis, which source positions the outputs read: that of output j at tap t is start + stride·j + step·t, and only
 * those in [0, size) exist.
 */
export interface ZoneAxis {
  readonly outputs: number;
  readonly taps: number;
  readonly start: number;
  readonly stride: number;
  readonly step: number;
  readonly size: number;
}

/** What is in [begin, end). */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

/** Neighbouring outputs that have the same taps inside the source: [firstTap, endTap). */
interface Stretch extends Span {
  readonly firstTap: number;
  readonly endTap: number;
}

/** A rectangle of output pixels that have the same taps inside the source. */
export interface Zone {
  readonly walk: Walk;
  /** Bytes from the source's first value to the zone's first tap, and from the target's first value to the zone's first pixel. */
  readonly xOffset: number;
  readonly yOffset: number;
}

/** Bytes of a pixel, row and image. */
export interface Steps {
  readonly pixel: number;
  readonly row: number;
  readonly image: number;
}

/** Taps t in [begin, end) with 0 ≤ first + step·t < size. */
function tapsInside(first: number, { step, size, taps }: ZoneAxis): Span {
  const begin = Math.min(taps, Math.max(0, Math.ceil(-first / step)));
  return { begin, end: Math.max(begin, Math.min(taps, Math.ceil((size - first) / step))) };
}

function stretches(axis: ZoneAxis): Stretch[] {
  const found: Stretch[] = [];
  for (let j = 0; j < axis.outputs; j++) {
    const { begin: firstTap, end: endTap } = tapsInside(axis.start + axis.stride * j, axis);
    const before = found.at(-1);
    if (before?.firstTap === firstTap && before.endTap === endTap) found[found.length - 1] = { ...before, end: j + 1 };
    else found.push({ begin: j, end: j + 1, firstTap, endTap });
  }
  return found;
}

/**
 * Cuts a convolution into zones, such that none reads outside the source: there are no zeros to write around it, nor to
 * multiply with. On a map of 2×2 pixels that is 20 of 36 products of a 3×3 kernel, on 4×4 it is 44 of 144.
 *
 * @param x of the source; y of the target, whose pixels may be apart from each other
 * @param run bytes of a tap
 */
export function zones(rows: ZoneAxis, columns: ZoneAxis, x: Steps, y: Steps, run: number): Zone[] {
  return stretches(rows).flatMap((row) =>
    stretches(columns).map((column) => {
      const [height, width] = [row.end - row.begin, column.end - column.begin];
      const [tapRows, tapColumns] = [row.endTap - row.firstTap, column.endTap - column.firstTap];
      const values = run / 4;
      // Taps of a row that are neighbours in memory are one run.
      const together = columns.step * x.pixel === run;
      const none = tapRows * tapColumns === 0;
      const at = (axis: ZoneAxis, { begin, firstTap }: Stretch): number =>
        axis.start + axis.stride * begin + axis.step * firstTap;
      return {
        walk: {
          outputWidth: width,
          outputHeight: height,
          xPixel: columns.stride * x.pixel,
          xRowJump: rows.stride * x.row - width * columns.stride * x.pixel,
          xImageJump: x.image - height * rows.stride * x.row,
          yPixel: y.pixel,
          yRowJump: y.row - width * y.pixel,
          yImageJump: y.image - height * y.row,
          tapRows: none ? 0 : tapRows,
          tapRowStep: rows.step * x.row,
          tapColumns: together ? 1 : tapColumns,
          tapColumnStep: together ? 0 : columns.step * x.pixel,
          run: together ? run * tapColumns : run,
          weightStart: (row.firstTap * columns.taps + column.firstTap) * values,
          weightRowJump: (columns.taps - tapColumns) * values,
        },
        xOffset: none ? 0 : at(rows, row) * x.row + at(columns, column) * x.pixel,
        yOffset: row.begin * y.row + column.begin * y.pixel,
      };
    }),
  );
}

/** Outputs j in [begin, end) for which tap t is inside the source. */
export function outputsInside({ outputs, start, stride, step, size }: ZoneAxis, tap: number): Span {
  const first = start + step * tap;
  const begin = Math.min(outputs, Math.max(0, Math.ceil(-first / stride)));
  return { begin, end: Math.max(begin, Math.min(outputs, Math.ceil((size - first) / stride))) };
}
