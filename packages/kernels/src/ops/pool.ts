import { KernelError } from '../errors.ts';
import type { Kernels } from '../kernels.ts';

/** Windows over [images][height][width][channels]. */
export interface PoolGeometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelSize: readonly [height: number, width: number];
  readonly stride: number;
  readonly padding: number;
}

/** ⌊(size + 2·padding − kernel)/stride⌋ + 1, with a kernel that may be dilated. */
export function outputSize(size: number, kernel: number, stride: number, padding: number, dilation = 1): number {
  return Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

function checkPool(
  k: Kernels,
  op: string,
  g: PoolGeometry,
  images: number,
  regions: Record<string, 'in' | 'out'>,
  pointers: number[],
): void {
  const [kernelHeight, kernelWidth] = g.kernelSize;
  const height = outputSize(g.height, kernelHeight, g.stride, g.padding);
  const width = outputSize(g.width, kernelWidth, g.stride, g.padding);
  if (height < 1 || width < 1 || 2 * g.padding > Math.min(kernelHeight, kernelWidth)) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `${op}: a window of ${kernelHeight}x${kernelWidth} with padding ${g.padding} does not fit ${g.height}x${g.width}; the padding may be half a window at most`,
    );
  }
  Object.entries(regions).forEach(([name, side], index) => {
    const pixels = side === 'in' ? g.height * g.width : height * width;
    k.check(`${op}: ${name}`, pointers[index]!, images * pixels * g.channels);
  });
}

/** y = the maximum of each window; the border does not take part. */
export function maxPoolForward(k: Kernels, g: PoolGeometry, x: number, y: number, images: number): void {
  checkPool(k, 'maxPool', g, images, { x: 'in', y: 'out' }, [x, y]);
  k.wasm.maxPoolForward(x, y, images, g.height, g.width, g.channels, g.kernelSize[0], g.stride, g.padding);
}

/** dx = dy at the first maximum of each window, in row order, added where windows overlap. */
export function maxPoolBackward(
  k: Kernels,
  g: PoolGeometry,
  x: number,
  y: number,
  dy: number,
  dx: number,
  images: number,
): void {
  checkPool(k, 'maxPool', g, images, { x: 'in', y: 'out', dy: 'out', dx: 'in' }, [x, y, dy, dx]);
  k.wasm.maxPoolBackward(x, y, dy, dx, images, g.height, g.width, g.channels, g.kernelSize[0], g.stride, g.padding);
}

/** y = the mean of each window, its border counted as zeros (PyTorch's `count_include_pad`). */
export function averagePoolForward(k: Kernels, g: PoolGeometry, x: number, y: number, images: number): void {
  checkPool(k, 'averagePool', g, images, { x: 'in', y: 'out' }, [x, y]);
  k.wasm.averagePoolForward(
    x,
    y,
    images,
    g.height,
    g.width,
    g.channels,
    g.kernelSize[0],
    g.kernelSize[1],
    g.stride,
    g.padding,
  );
}

/** dx = each window's share of dy, added where windows overlap. */
export function averagePoolBackward(k: Kernels, g: PoolGeometry, dy: number, dx: number, images: number): void {
  checkPool(k, 'averagePool', g, images, { dy: 'out', dx: 'in' }, [dy, dx]);
  k.wasm.averagePoolBackward(
    dy,
    dx,
    images,
    g.height,
    g.width,
    g.channels,
    g.kernelSize[0],
    g.kernelSize[1],
    g.stride,
    g.padding,
  );
}
