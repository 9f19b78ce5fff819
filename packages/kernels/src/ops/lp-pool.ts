import { KernelError } from '../errors.ts';
import type { Kernels } from '../kernels.ts';
import { checkMaps } from './map-regions.ts';
import { type PoolGeometry, windowsOf } from './pool-geometry.ts';

function checkPlain(g: PoolGeometry): void {
  if (!g.adaptive && g.padding.every((value) => value === 0) && g.dilation.every((value) => value === 1)) return;
  throw new KernelError('KERNEL_ARGUMENT', 'lpPool: expected windows without padding and dilation, not adaptive ones');
}

/**
 * y = √Σx² over each window: `torch.nn.LPPool2d` with `norm_type` 2. A window that `ceilMode` lets reach over the edge has
 * its sum scaled to a whole window's pixels, as PyTorch does.
 *
 * @param x float32 [images][height][width][channels]
 * @param y float32 [images][outputHeight][outputWidth][channels]
 * @throws KernelError `KERNEL_ARGUMENT`, also for windows with padding or dilation; `KERNEL_POINTER`
 */
export function lpPoolForward(k: Kernels, g: PoolGeometry, x: number, y: number, images: number): void {
  checkPlain(g);
  checkMaps(k, 'lpPool', g, images, { x: [x, 'input'], y: [y, 'output'] });
  k.wasm.lpPoolForward(x, y, images, ...windowsOf(g));
}

/**
 * dx = dy·x/y in each window (times the scale of one that reaches over the edge); added where windows overlap, 0 elsewhere. A
 * window of zeros has the gradient 0, where the root has none.
 *
 * @param x float32 [images][height][width][channels]
 * @param y float32 [images][outputHeight][outputWidth][channels], what {@link lpPoolForward} made of x
 * @param dy float32, like y
 * @param dx float32, like x; wholly written
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function lpPoolBackward(
  k: Kernels,
  g: PoolGeometry,
  x: number,
  y: number,
  dy: number,
  dx: number,
  images: number,
): void {
  checkPlain(g);
  checkMaps(k, 'lpPool', g, images, { x: [x, 'input'], y: [y, 'output'], dy: [dy, 'output'], dx: [dx, 'input'] });
  k.wasm.lpPoolBackward(x, y, dy, dx, images, ...windowsOf(g));
}
