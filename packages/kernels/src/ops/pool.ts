import { KernelError } from '../errors.ts';
import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';

/**
 * Windows over [height][width][channels]. Sizes in pixels; window [i, j] begins at pixel [i·stride − padding,
 * j·stride − padding]. As in PyTorch the padding is half a window at most, so that every window meets the image, and
 * pixels that a stride does not reach are left out.
 */
export interface PoolGeometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelSize: readonly [height: number, width: number];
  readonly stride: number;
  readonly padding: number;
}

/**
 * Outputs along one axis: ⌊(size + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1, as in `torch.nn.Conv2d`. Below 1
 * where the kernel does not fit.
 */
export function outputSize(size: number, kernel: number, stride: number, padding: number, dilation = 1): number {
  return Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

type Regions = Readonly<Record<string, readonly [pointer: number, side: 'in' | 'out']>>;

function checkPool(k: Kernels, op: string, g: PoolGeometry, images: number, regions: Regions): void {
  const [kernelHeight, kernelWidth] = g.kernelSize;
  checkCounts(op, { images, padding: g.padding });
  for (const name of ['height', 'width', 'channels', 'stride'] as const) checkInteger(`${op}: ${name}`, g[name], 1);
  for (const size of g.kernelSize) checkInteger(`${op}: kernelSize`, size, 1);
  const height = outputSize(g.height, kernelHeight, g.stride, g.padding);
  const width = outputSize(g.width, kernelWidth, g.stride, g.padding);
  if (height < 1 || width < 1 || 2 * g.padding > Math.min(kernelHeight, kernelWidth)) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `${op}: a window of ${kernelHeight}x${kernelWidth} with padding ${g.padding} does not fit ${g.height}x${g.width}; the padding may be half a window at most`,
    );
  }
  for (const [name, [pointer, side]] of Object.entries(regions)) {
    const pixels = side === 'in' ? g.height * g.width : height * width;
    k.check(`${op}: ${name}`, pointer, images * pixels * g.channels);
  }
}

/** A geometry as the module's functions take it. */
const walk = (g: PoolGeometry) =>
  [g.height, g.width, g.channels, g.kernelSize[0], g.kernelSize[1], g.stride, g.padding] as const;

/**
 * y = the maximum of each window, NaN if there is one in it; the padding does not take part. `torch.nn.MaxPool2d`.
 *
 * @param x float32 [images][height][width][channels]
 * @param y float32 [images][outputHeight][outputWidth][channels]
 * @throws KernelError `KERNEL_ARGUMENT` also if no window fits, `KERNEL_POINTER`
 */
export function maxPoolForward(k: Kernels, g: PoolGeometry, x: number, y: number, images: number): void {
  checkPool(k, 'maxPool', g, images, { x: [x, 'in'], y: [y, 'out'] });
  k.wasm.maxPoolForward(x, y, images, ...walk(g));
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
  checkPool(k, 'maxPool', g, images, { x: [x, 'in'], y: [y, 'out'], dy: [dy, 'out'], dx: [dx, 'in'] });
  k.wasm.maxPoolBackward(x, y, dy, dx, images, ...walk(g));
}

/**
 * y = the sum of each window over kernelHeight·kernelWidth, the padding counted as zeros: `torch.nn.AvgPool2d` with its
 * default `count_include_pad`. A window of the whole image is global average pooling.
 *
 * @param x float32 [images][height][width][channels]
 * @param y float32 [images][outputHeight][outputWidth][channels]
 * @throws KernelError `KERNEL_ARGUMENT` also if no window fits, `KERNEL_POINTER`
 */
export function averagePoolForward(k: Kernels, g: PoolGeometry, x: number, y: number, images: number): void {
  checkPool(k, 'averagePool', g, images, { x: [x, 'in'], y: [y, 'out'] });
  k.wasm.averagePoolForward(x, y, images, ...walk(g));
}

/**
 * dx = dy/(kernelHeight·kernelWidth) in each window; added where windows overlap, 0 elsewhere.
 *
 * @param dy float32 [images][outputHeight][outputWidth][channels]
 * @param dx float32 [images][height][width][channels]; wholly written
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function averagePoolBackward(k: Kernels, g: PoolGeometry, dy: number, dx: number, images: number): void {
  checkPool(k, 'averagePool', g, images, { dy: [dy, 'out'], dx: [dx, 'in'] });
  k.wasm.averagePoolBackward(dy, dx, images, ...walk(g));
}
