interface Chroma {
  readonly height: number;
  readonly width: number;
  readonly horizontal: number;
  readonly vertical: number;
  readonly fancy: boolean;
}

/** The chroma of a pixel: three parts of the nearest sample and one of the next but one, in each direction that is halved. */
function chromaAt(plane: ArrayLike<number>, stride: number, chroma: Chroma, row: number, column: number): number {
  const { horizontal, vertical, fancy } = chroma;
  const [rows, columns] = [Math.ceil(chroma.height / vertical), Math.ceil(chroma.width / horizontal)];
  const nearest = (place: number, parts: number) => (parts === 2 ? place >> 1 : place);
  const [y, x] = [nearest(row, vertical), nearest(column, horizontal)];
  const other = (place: number, near: number, parts: number, count: number) => {
    if (parts === 1 || !fancy) return near;
    return Math.min(count - 1, Math.max(0, near + (place % 2 === 0 ? -1 : 1)));
  };
  const [otherY, otherX] = [other(row, y, vertical, rows), other(column, x, horizontal, columns)];
  const sum = (atX: number) => 3 * plane[y * stride + atX]! + plane[otherY * stride + atX]!;
  if (horizontal === 1) return vertical === 1 ? plane[y * stride + x]! : (sum(x) + (row % 2 === 0 ? 1 : 2)) >> 2;
  if (vertical === 1) {
    return (3 * plane[y * stride + x]! + plane[y * stride + otherX]! + (column % 2 === 0 ? 1 : 2)) >> 2;
  }
  return (3 * sum(x) + sum(otherX) + (column % 2 === 0 ? 8 : 7)) >> 4;
}

const byte = (value: number): number => Math.min(255, Math.max(0, value));

/** y[rows][columns][3] = R, G, B of Y, Cb, Cr: Y + 1.402 Cr, Y − 0.34414 Cb − 0.71414 Cr, Y + 1.772 Cb, with factors of 16 bits */
export function jpegPixels(
  planes: { readonly luma: ArrayLike<number>; readonly cb: ArrayLike<number>; readonly cr: ArrayLike<number> },
  strides: { readonly luma: number; readonly chroma: number },
  chroma: Chroma,
  window: { readonly top: number; readonly left: number; readonly rows: number; readonly columns: number },
): number[] {
  const pixels: number[] = [];
  for (let row = window.top; row < window.top + window.rows; row++) {
    for (let column = window.left; column < window.left + window.columns; column++) {
      const luma = planes.luma[row * strides.luma + column]!;
      const cb = chromaAt(planes.cb, strides.chroma, chroma, row, column) - 128;
      const cr = chromaAt(planes.cr, strides.chroma, chroma, row, column) - 128;
      const parts = [91881 * cr, -22554 * cb - 46802 * cr, 116130 * cb];
      for (const part of parts) pixels.push(byte(luma + ((part + 32768) >> 16)));
    }
  }
  return pixels;
}
