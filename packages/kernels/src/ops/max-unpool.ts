import { KernelError } from '../errors.ts';
import type { Kernels } from '../kernels.ts';
import { checkMaps } from './map-regions.ts';
import { type PoolGeometry, windowsOf } from './pool-geometry.ts';

function checkFixed(g: PoolGeometry): void {
  if (g.adaptive) throw new KernelError('KERNEL_ARGUMENT', 'maxUnpool: expected windows that are not adaptive');
}

/**
 * y = x of each window where the window of `pooled` has its maximum, 0 elsewhere: `torch.nn.MaxUnpool2d` with the indices of
 * max pooling `pooled`, which are found again. That is the first maximum in row order, or the last NaN. Where several
 * windows have their maximum at one pixel, the last window's value stays.
 *
 * @param g the geometry of the max pooling
 * @param x float32 [images][outputHeight][outputWidth][channels]
 * @param pooled float32 [images][height][width][channels]: what was pooled
 * @param y float32, like `pooled`; wholly written
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function maxUnpoolForward(
  k: Kernels,
  g: PoolGeometry,
  x: number,
  pooled: number,
  y: number,
  images: number,
): void {
  checkFixed(g);
  checkMaps(k, 'maxUnpool', g, images, { x: [x, 'output'], pooled: [pooled, 'input'], y: [y, 'input'] });
  k.wasm.maxUnpoolForward(x, pooled, y, images, ...windowsOf(g), ...g.padding, ...g.dilation);
}

/**
 * dx = dy where the window of `pooled` has its maximum; 0 if a later window's value has overwritten it.
 *
 * @param pooled float32 [images][height][width][channels]
 * @param dy float32, like `pooled`
 * @param dx float32 [images][outputHeight][outputWidth][channels]; wholly written
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function maxUnpoolBackward(
  k: Kernels,
  g: PoolGeometry,
  pooled: number,
  dy: number,
  dx: number,
  images: number,
): void {
  checkFixed(g);
  checkMaps(k, 'maxUnpool', g, images, { pooled: [pooled, 'input'], dy: [dy, 'input'], dx: [dx, 'output'] });
  k.wasm.maxUnpoolBackward(pooled, dy, dx, images, ...windowsOf(g), ...g.padding, ...g.dilation);
}
