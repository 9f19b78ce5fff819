import { KernelError } from '../errors.ts';
import { checkInteger, type Kernels } from '../kernels.ts';
import { checkMaps } from './map-regions.ts';

type Pair = readonly [height: number, width: number];

/** A map of [height][width][channels], and the size that it is to have. */
export interface UpsampleShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** The size of the output; or else by what factor it is larger, rounded down. */
  readonly size?: Pair | undefined;
  readonly scaleFactor?: Pair | undefined;
  readonly mode: 'nearest' | 'bilinear';
  /** Bilinear only: whether the centres of the corner pixels meet, rather than the corners. Default: false. */
  readonly alignCorners?: boolean | undefined;
}

/** Made by {@link upsampleGeometry}, which has checked it. */
export interface UpsampleGeometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  /** Pixels of the input for one of the output; float32. */
  readonly scale: Pair;
  readonly mode: 'nearest' | 'bilinear';
  readonly alignCorners: boolean;
}

/** Up to here every pixel's number is a float32. */
const largest = 2 ** 24;

/**
 * The sizes and scales of `torch.nn.Upsample`: a factor decides the scale by itself, also where it does not give a whole
 * number of pixels.
 *
 * @throws KernelError `KERNEL_ARGUMENT`, also unless there is one of `size` and `scaleFactor`, or if `alignCorners` is set with `nearest`
 */
export function upsampleGeometry(shape: UpsampleShape): UpsampleGeometry {
  const { height, width, channels, size, scaleFactor, mode, alignCorners = false } = shape;
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new KernelError('KERNEL_ARGUMENT', 'upsample: expected either size or scaleFactor');
  }
  if (alignCorners && mode !== 'bilinear') {
    throw new KernelError('KERNEL_ARGUMENT', `upsample: alignCorners is for bilinear, got ${mode}`);
  }
  const input = [height, width] as const;
  const axes = input.map((length, i) => {
    const output = size ? size[i]! : Math.floor(length * scaleFactor![i]!);
    return { output, scale: scaleOf(length, output, scaleFactor?.[i], shape) };
  });
  const [outputHeight, outputWidth] = axes.map(({ output }) => output) as [number, number];
  for (const [name, value] of Object.entries({ height, width, channels, outputHeight, outputWidth })) {
    checkInteger(`upsample: ${name}`, value, 1, largest);
  }
  const scale = axes.map((axis) => axis.scale) as unknown as Pair;
  return { height, width, channels, outputHeight, outputWidth, scale, mode, alignCorners };
}

function scaleOf(
  input: number,
  output: number,
  factor: number | undefined,
  { mode, alignCorners }: UpsampleShape,
): number {
  if (input === output) return 1;
  if (alignCorners) return output > 1 ? Math.fround((input - 1) / (output - 1)) : 0;
  // Nearest: twice the size is exact whatever the factor was that gave it, as in PyTorch.
  const exact = factor === undefined || (mode === 'nearest' && output === 2 * input);
  return Math.fround(exact ? input / output : 1 / factor);
}

const sizesOf = (g: UpsampleGeometry) =>
  [g.height, g.width, g.channels, g.outputHeight, g.outputWidth, ...g.scale] as const;

/**
 * y = x at another size: `torch.nn.Upsample`. Nearest: y[i] = x[⌊i·scale⌋]. Bilinear: y[i] lies at (i + ½)·scale − ½ of x, with
 * `alignCorners` at i·scale, between four pixels.
 *
 * @param x float32 [images][height][width][channels]
 * @param y float32 [images][outputHeight][outputWidth][channels]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function upsampleForward(k: Kernels, g: UpsampleGeometry, x: number, y: number, images: number): void {
  checkMaps(k, 'upsample', g, images, { x: [x, 'input'], y: [y, 'output'] });
  if (g.mode === 'nearest') k.wasm.upsampleNearestForward(x, y, images, ...sizesOf(g));
  else k.wasm.upsampleBilinearForward(x, y, images, ...sizesOf(g), Number(g.alignCorners));
}

/**
 * dx = Σ weight·dy over the pixels that x has a part in, in row order.
 *
 * @param dy float32 [images][outputHeight][outputWidth][channels]
 * @param dx float32 [images][height][width][channels]; wholly written
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function upsampleBackward(k: Kernels, g: UpsampleGeometry, dy: number, dx: number, images: number): void {
  checkMaps(k, 'upsample', g, images, { dy: [dy, 'output'], dx: [dx, 'input'] });
  if (g.mode === 'nearest') k.wasm.upsampleNearestBackward(dy, dx, images, ...sizesOf(g));
  else k.wasm.upsampleBilinearBackward(dy, dx, images, ...sizesOf(g), Number(g.alignCorners));
}
