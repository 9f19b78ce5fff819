import type { ImageShape } from '../image.ts';
import type { Rectangle } from './placement.ts';

// An orientation of EXIF says how the file's rows and columns are to be read: those above 4 exchange them, and some go backwards.
const exchanges = (orientation: number): boolean => orientation > 4;
const mirrorsColumns = (orientation: number): boolean => [2, 3, 7, 8].includes(orientation);
const mirrorsRows = (orientation: number): boolean => [3, 4, 6, 7].includes(orientation);

/** The size of a picture once it is upright. */
export function uprightSize({ height, width }: Pick<ImageShape, 'height' | 'width'>, orientation: number) {
  return exchanges(orientation) ? { height: width, width: height } : { height, width };
}

/** Where in the file a part of the upright picture is. @param size of the picture as it is in the file */
export function partInFile(
  part: Rectangle,
  size: Pick<ImageShape, 'height' | 'width'>,
  orientation: number,
): Rectangle {
  const { top, left, rows, columns } = exchanges(orientation)
    ? { top: part.left, left: part.top, rows: part.columns, columns: part.rows }
    : part;
  return {
    top: mirrorsRows(orientation) ? size.height - top - rows : top,
    left: mirrorsColumns(orientation) ? size.width - left - columns : left,
    rows,
    columns,
  };
}

/** Writes a picture as it is in a file to `to`, upright. Both lie in `memory`, apart. */
export function turnUpright(
  memory: Uint8Array,
  from: number,
  to: number,
  { height, width, channels }: ImageShape,
  orientation: number,
): void {
  const upright = uprightSize({ height, width }, orientation);
  const [down, across] = [width * channels, channels].map((step, i) => {
    const isMirrored = (i === 0 ? mirrorsRows : mirrorsColumns)(orientation);
    return { step: isMirrored ? -step : step, start: isMirrored ? step * ((i === 0 ? height : width) - 1) : 0 };
  }) as [{ step: number; start: number }, { step: number; start: number }];
  const [rowStep, columnStep] = exchanges(orientation) ? [across.step, down.step] : [down.step, across.step];
  const start = from + down.start + across.start;
  for (let row = 0; row < upright.height; row++) {
    let at = start + row * rowStep;
    for (let column = 0; column < upright.width; column++, at += columnStep) {
      for (let channel = 0; channel < channels; channel++) memory[to++] = memory[at + channel]!;
    }
  }
}
