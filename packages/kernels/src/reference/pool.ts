// x and dx [images][height][width][channels], y and dy [images][outputHeight][outputWidth][channels].
import type { PoolDivisor } from '../ops/pool.ts';
import type { PoolGeometry } from '../ops/pool-geometry.ts';

/** One channel of a window. */
interface Window {
  /** The indices in x that it holds, in row order. */
  readonly at: readonly number[];
  /** Its pixels in the image or in the padding on both sides. */
  readonly padded: number;
}

/** The pixels along one axis that window i has: those in the image, and how many there are with the padding. */
function axis(g: PoolGeometry, which: 0 | 1, i: number): { inside: number[]; padded: number } {
  const [size, outputs] = which === 0 ? [g.height, g.outputHeight] : [g.width, g.outputWidth];
  const [begin, end] = [Math.floor((i * size) / outputs), Math.ceil(((i + 1) * size) / outputs)];
  const all = g.adaptive
    ? Array.from({ length: end - begin }, (_, t) => begin + t)
    : Array.from(
        { length: g.kernelSize[which] },
        (_, t) => i * g.stride[which] - g.padding[which] + t * g.dilation[which],
      );
  const inside = all.filter((pixel) => pixel >= 0 && pixel < size);
  return { inside, padded: all.filter((pixel) => pixel < size + g.padding[which]).length };
}

/** Calls `visit` for each window of each channel, in the order of y. */
export function forEachWindow(g: PoolGeometry, images: number, visit: (y: number, window: Window) => void): void {
  let y = 0;
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < g.outputHeight; i++) {
      for (let j = 0; j < g.outputWidth; j++) {
        const [rows, columns] = [axis(g, 0, i), axis(g, 1, j)];
        const pixels = rows.inside.flatMap((h) => columns.inside.map((w) => (n * g.height + h) * g.width + w));
        const padded = rows.padded * columns.padded;
        for (let c = 0; c < g.channels; c++) visit(y++, { at: pixels.map((pixel) => pixel * g.channels + c), padded });
      }
    }
  }
}

export const zerosLikeX = (g: PoolGeometry, images: number): number[] =>
  new Array<number>(images * g.height * g.width * g.channels).fill(0);

/** y = max over the window; NaN if one of it is. */
export function maxPoolForward(g: PoolGeometry, images: number, x: ArrayLike<number>): number[] {
  const y: number[] = [];
  forEachWindow(g, images, (to, { at }) => {
    y[to] = Math.max(...at.map((from) => x[from]!));
  });
  return y;
}

/** ∂L/∂x = ∂L/∂y at the first maximum of each window; nowhere if it is NaN. */
export function maxPoolBackward(
  g: PoolGeometry,
  images: number,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): number[] {
  const dx = zerosLikeX(g, images);
  forEachWindow(g, images, (to, { at }) => {
    const maximum = Math.max(...at.map((from) => x[from]!));
    const first = at.find((from) => x[from]! === maximum);
    if (first !== undefined) dx[first]! += dy[to]!;
  });
  return dx;
}

function divisorOf({ at, padded }: Window, divisor: PoolDivisor, { adaptive }: PoolGeometry): number {
  if (divisor === 'inside' || adaptive) return at.length;
  return divisor === 'padded' ? padded : divisor;
}

/** y = Σ x over the window, over the divisor. */
export function averagePoolForward(
  g: PoolGeometry,
  images: number,
  x: ArrayLike<number>,
  divisor: PoolDivisor = 'padded',
): number[] {
  const y: number[] = [];
  forEachWindow(g, images, (to, window) => {
    y[to] = window.at.reduce((sum, from) => sum + x[from]!, 0) / divisorOf(window, divisor, g);
  });
  return y;
}

/** ∂L/∂x = Σ ∂L/∂y over the divisor, over the windows that x is in. */
export function averagePoolBackward(
  g: PoolGeometry,
  images: number,
  dy: ArrayLike<number>,
  divisor: PoolDivisor = 'padded',
): number[] {
  const dx = zerosLikeX(g, images);
  forEachWindow(g, images, (to, window) => {
    for (const from of window.at) dx[from]! += dy[to]! / divisorOf(window, divisor, g);
  });
  return dx;
}
