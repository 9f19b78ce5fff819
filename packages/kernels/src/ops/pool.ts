import { checkInteger, type Kernels } from '../kernels.ts';
import { checkMaps } from './map-regions.ts';
import { type PoolGeometry, windowsOf } from './pool-geometry.ts';

/**
 * y = the maximum of each window, NaN if there is one in it; the padding does not take part. `torch.nn.MaxPool2d`, and
 * `AdaptiveMaxPool2d`. A dilated window that has nothing but padding gives −∞.
 *
 * @param x float32 [images][height][width][channels]
 * @param y float32 [images][outputHeight][outputWidth][channels]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function maxPoolForward(k: Kernels, g: PoolGeometry, x: number, y: number, images: number): void {
  checkMaps(k, 'maxPool', g, images, { x: [x, 'input'], y: [y, 'output'] });
  k.wasm.maxPoolForward(x, y, images, ...windowsOf(g), ...g.padding, ...g.dilation);
}

/**
 * dx = dy at the first maximum of each window, in row order; added where windows overlap, 0 elsewhere. A window whose
 * maximum is NaN has no gradient.
 *
 * @param x float32 [images][height][width][channels]
 * @param y float32 [images][outputHeight][outputWidth][channels], what {@link maxPoolForward} made of x
 * @param dy float32, like y
 * @param dx float32, like x; wholly written
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function maxPoolBackward(
  k: Kernels,
  g: PoolGeometry,
  x: number,
  y: number,
  dy: number,
  dx: number,
  images: number,
): void {
  checkMaps(k, 'maxPool', g, images, { x: [x, 'input'], y: [y, 'output'], dy: [dy, 'output'], dx: [dx, 'input'] });
  k.wasm.maxPoolBackward(x, y, dy, dx, images, ...windowsOf(g), ...g.padding, ...g.dilation);
}

/**
 * What the sum of a window is divided by: the number of its pixels in the image (`inside`), of those and the ones in the
 * padding (`padded`, PyTorch's `count_include_pad`), or a number of one's own (`divisor_override`).
 */
export type PoolDivisor = 'inside' | 'padded' | number;

function checkAverage(g: PoolGeometry, divisor: PoolDivisor): number {
  // The kernels know undilated windows only, as PyTorch does.
  for (const value of g.dilation) checkInteger('averagePool: dilation', value, 1, 1);
  if (divisor === 'inside' || g.adaptive) return 0;
  if (divisor === 'padded') return -1;
  checkInteger('averagePool: divisor', divisor, 1);
  return divisor;
}

/**
 * y = the sum of each window over the divisor: `torch.nn.AvgPool2d`, and `AdaptiveAvgPool2d`, whose divisor is always
 * `inside`. A window of the whole image is global average pooling.
 *
 * @param x float32 [images][height][width][channels]
 * @param y float32 [images][outputHeight][outputWidth][channels]
 * @throws KernelError `KERNEL_ARGUMENT`, also for dilated windows; `KERNEL_POINTER`
 */
export function averagePoolForward(
  k: Kernels,
  g: PoolGeometry,
  x: number,
  y: number,
  images: number,
  divisor: PoolDivisor = 'padded',
): void {
  checkMaps(k, 'averagePool', g, images, { x: [x, 'input'], y: [y, 'output'] });
  k.wasm.averagePoolForward(x, y, images, ...windowsOf(g), ...g.padding, checkAverage(g, divisor));
}

/**
 * dx = dy over the divisor in each window; added where windows overlap, 0 elsewhere.
 *
 * @param dy float32 [images][outputHeight][outputWidth][channels]
 * @param dx float32 [images][height][width][channels]; wholly written
 * @throws KernelError `KERNEL_ARGUMENT`, also for dilated windows; `KERNEL_POINTER`
 */
export function averagePoolBackward(
  k: Kernels,
  g: PoolGeometry,
  dy: number,
  dx: number,
  images: number,
  divisor: PoolDivisor = 'padded',
): void {
  checkMaps(k, 'averagePool', g, images, { dy: [dy, 'output'], dx: [dx, 'input'] });
  k.wasm.averagePoolBackward(dy, dx, images, ...windowsOf(g), ...g.padding, checkAverage(g, divisor));
}
