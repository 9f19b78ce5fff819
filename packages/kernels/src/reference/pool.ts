// x and dx [images][height][width][channels], y and dy [images][outputHeight][outputWidth][channels].
import type { PoolGeometry } from '../ops/pool.ts';

/** Calls `visit` for each window of each channel, in the order of y, with the indices in x that it holds, in row order. */
function forEachWindow(g: PoolGeometry, images: number, visit: (y: number, window: readonly number[]) => void): void {
  const [kernelHeight, kernelWidth] = g.kernelSize;
  let y = 0;
  for (let n = 0; n < images; n++) {
    for (let top = -g.padding; top + kernelHeight <= g.height + g.padding; top += g.stride) {
      for (let left = -g.padding; left + kernelWidth <= g.width + g.padding; left += g.stride) {
        for (let c = 0; c < g.channels; c++) {
          const window: number[] = [];
          for (let h = top; h < top + kernelHeight; h++) {
            for (let w = left; w < left + kernelWidth; w++) {
              if (h < 0 || h >= g.height || w < 0 || w >= g.width) continue;
              window.push(((n * g.height + h) * g.width + w) * g.channels + c);
            }
          }
          visit(y++, window);
        }
      }
    }
  }
}

const zerosLikeX = (g: PoolGeometry, images: number): number[] =>
  new Array<number>(images * g.height * g.width * g.channels).fill(0);

/** y = max over the window; NaN if one of it is. */
export function maxPoolForward(g: PoolGeometry, images: number, x: ArrayLike<number>): number[] {
  const y: number[] = [];
  forEachWindow(g, images, (to, window) => {
    y[to] = Math.max(...window.map((at) => x[at]!));
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
  forEachWindow(g, images, (to, window) => {
    const maximum = Math.max(...window.map((at) => x[at]!));
    const first = window.find((at) => x[at]! === maximum);
    if (first !== undefined) dx[first]! += dy[to]!;
  });
  return dx;
}

/** y = Σ x over the window, over the window's whole area: its padding counts as zeros. */
export function averagePoolForward(g: PoolGeometry, images: number, x: ArrayLike<number>): number[] {
  const area = g.kernelSize[0] * g.kernelSize[1];
  const y: number[] = [];
  forEachWindow(g, images, (to, window) => {
    y[to] = window.reduce((sum, at) => sum + x[at]!, 0) / area;
  });
  return y;
}

/** ∂L/∂x = Σ ∂L/∂y / area over the windows that x is in. */
export function averagePoolBackward(g: PoolGeometry, images: number, dy: ArrayLike<number>): number[] {
  const area = g.kernelSize[0] * g.kernelSize[1];
  const dx = zerosLikeX(g, images);
  forEachWindow(g, images, (to, window) => {
    for (const at of window) dx[at]! += dy[to]! / area;
  });
  return dx;
}
