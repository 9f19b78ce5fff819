import { KernelError } from '../errors.ts';
import { checkInteger } from '../kernels.ts';

type Pair = readonly [height: number, width: number];

/** A map of [height][width][channels], and windows over it. Sizes in pixels. */
export interface PoolShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelSize: Pair;
  /** Defaults to the kernel's size. */
  readonly stride?: Pair | undefined;
  /** Half a window at most, as in PyTorch; default 0. */
  readonly padding?: Pair | undefined;
  /** Of the pixels in a window; default 1. */
  readonly dilation?: Pair | undefined;
  /** Whether windows may reach over the far edge. Default: pixels that a stride does not reach are left out. */
  readonly ceilMode?: boolean | undefined;
}

/**
 * Where windows lie: window [i, j] begins at pixel [i·stride − padding, j·stride − padding], its pixels are `dilation` apart.
 * With `adaptive` the stride is 0, and window i of n is from ⌊i·size/n⌋ to ⌈(i + 1)·size/n⌉. Made by {@link poolGeometry} or
 * {@link adaptivePoolGeometry}, which have checked it.
 */
export interface PoolGeometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly adaptive: boolean;
}

/** So that no sum of a few of them passes an int32. */
const largest = 2 ** 28;

/**
 * Outputs along one axis: ⌊(size + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1, as in `torch.nn.Conv2d`. Below 1
 * where the kernel does not fit. With `ceilMode`, as in `torch.nn.MaxPool2d`: rounded up, but the last window begins in the
 * image or in the padding before it.
 */
export function outputSize(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation = 1,
  ceilMode = false,
): number {
  const steps = (size + 2 * padding - dilation * (kernel - 1) - 1) / stride;
  if (!ceilMode) return Math.floor(steps) + 1;
  const last = Math.ceil(steps);
  return last * stride >= size + padding ? last : last + 1;
}

/** @throws KernelError `KERNEL_ARGUMENT`, also if no window fits, or the padding is more than half a window */
export function poolGeometry({
  height,
  width,
  channels,
  kernelSize,
  stride = kernelSize,
  padding = [0, 0],
  dilation = [1, 1],
  ceilMode = false,
}: PoolShape): PoolGeometry {
  checkSizes({ height, width, channels });
  for (const [name, pair, minimum] of [
    ['kernelSize', kernelSize, 1],
    ['stride', stride, 1],
    ['padding', padding, 0],
    ['dilation', dilation, 1],
  ] as const) {
    for (const value of pair) checkInteger(`pooling: ${name}`, value, minimum, largest);
  }
  const outputs = ([height, width] as const).map((size, i) => {
    const extent = dilation[i]! * (kernelSize[i]! - 1) + 1;
    checkInteger('pooling: extent of a window', extent, 1, largest);
    return outputSize(size, kernelSize[i]!, stride[i]!, padding[i]!, dilation[i]!, ceilMode);
  });
  const [outputHeight, outputWidth] = outputs as [number, number];
  if (outputHeight < 1 || outputWidth < 1 || padding.some((value, i) => 2 * value > kernelSize[i]!)) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `pooling: a window of ${kernelSize.join('x')} with padding ${padding.join('x')} and dilation ${dilation.join('x')} does not fit ` +
        `${height}x${width}; the padding may be half a window at most`,
    );
  }
  const sizes = { height, width, channels, outputHeight, outputWidth };
  return { ...sizes, kernelSize, stride, padding, dilation, adaptive: false };
}

/**
 * As many windows as there are outputs, which meet or overlap: `torch.nn.AdaptiveAvgPool2d`.
 *
 * @throws KernelError `KERNEL_ARGUMENT`
 */
export function adaptivePoolGeometry(
  size: { readonly height: number; readonly width: number; readonly channels: number },
  [outputHeight, outputWidth]: Pair,
): PoolGeometry {
  checkSizes({ ...size, outputHeight, outputWidth });
  const windows = { kernelSize: [0, 0], stride: [0, 0], padding: [0, 0], dilation: [1, 1] } as const;
  return { ...size, outputHeight, outputWidth, ...windows, adaptive: true };
}

function checkSizes(sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) checkInteger(`pooling: ${name}`, size, 1, largest);
}

/** What the module's functions take: the sizes, the extents of windows and their strides. */
export const windowsOf = (g: PoolGeometry) =>
  [
    ...([g.height, g.width, g.channels, g.outputHeight, g.outputWidth] as const),
    ...([g.dilation[0] * (g.kernelSize[0] - 1) + 1, g.dilation[1] * (g.kernelSize[1] - 1) + 1] as const),
    ...g.stride,
  ] as const;
