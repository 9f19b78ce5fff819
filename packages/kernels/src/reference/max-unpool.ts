import type { PoolGeometry } from '../ops/pool-geometry.ts';
import { forEachWindow, zerosLikeX } from './pool.ts';

/** Where each window has its first maximum, or its last NaN; undefined if it has no pixel. */
function indices(g: PoolGeometry, images: number, pooled: ArrayLike<number>): (number | undefined)[] {
  const found: (number | undefined)[] = [];
  forEachWindow(g, images, (to, { at }) => {
    const maximum = Math.max(...at.map((from) => pooled[from]!));
    found[to] = Number.isNaN(maximum)
      ? at.findLast((from) => Number.isNaN(pooled[from]))
      : at.find((from) => pooled[from] === maximum);
  });
  return found;
}

/** y[index] = x, window by window. */
export function maxUnpoolForward(
  g: PoolGeometry,
  images: number,
  x: ArrayLike<number>,
  pooled: ArrayLike<number>,
): number[] {
  const y = zerosLikeX(g, images);
  indices(g, images, pooled).forEach((index, from) => {
    if (index !== undefined) y[index] = x[from]!;
  });
  return y;
}

/** ∂L/∂x = ∂L/∂y[index] for the last window with that index. */
export function maxUnpoolBackward(
  g: PoolGeometry,
  images: number,
  pooled: ArrayLike<number>,
  dy: ArrayLike<number>,
): number[] {
  const found = indices(g, images, pooled);
  return found.map((index, to) => (index !== undefined && found.lastIndexOf(index) === to ? dy[index]! : 0));
}
