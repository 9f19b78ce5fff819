import type { PoolGeometry } from '../ops/pool-geometry.ts';
import { forEachWindow, zerosLikeX } from './pool.ts';

const scaleOf = (g: PoolGeometry, pixels: number): number => (g.kernelSize[0] * g.kernelSize[1]) / pixels;

/** y = √(scale·Σ x²) over the window; the scale is 1 but where the window reaches over the edge. */
export function lpPoolForward(g: PoolGeometry, images: number, x: ArrayLike<number>): number[] {
  const y: number[] = [];
  forEachWindow(g, images, (to, { at }) => {
    y[to] = Math.sqrt(at.reduce((sum, from) => sum + x[from]! ** 2, 0) * scaleOf(g, at.length));
  });
  return y;
}

/** ∂L/∂x = Σ scale·∂L/∂y·x/y over the windows that x is in; 0 from a window of zeros. */
export function lpPoolBackward(g: PoolGeometry, images: number, x: ArrayLike<number>, dy: ArrayLike<number>): number[] {
  const y = lpPoolForward(g, images, x);
  const dx = zerosLikeX(g, images);
  forEachWindow(g, images, (to, { at }) => {
    if (y[to] === 0) return;
    for (const from of at) dx[from]! += (scaleOf(g, at.length) * dy[to]! * x[from]!) / y[to]!;
  });
  return dx;
}
