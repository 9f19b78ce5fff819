import { checkCounts, checkInteger, checkRange, type Kernels } from '../kernels.ts';

/** Rows of channels, and how each is divided by its neighbours. */
export interface LocalResponseNormSize {
  /** Pixels of all images. */
  readonly rows: number;
  readonly channels: number;
  /** Channels that a window has, at least 1: size/2 before its own, rounded down. */
  readonly size: number;
  /** At least 0. */
  readonly alpha: number;
  /** At least 0. */
  readonly beta: number;
  /** At least 2^−126, the smallest normal float32. */
  readonly k: number;
}

/** Floats of scratch that both passes need. */
export const localResponseNormScratchFloats = ({
  channels,
  size,
}: Pick<LocalResponseNormSize, 'channels' | 'size'>): number => 2 * (channels + size + 3);

/**
 * y = x·d^−beta, with d = k + alpha/size·Σ x² over the channels of its window, as `torch.nn.LocalResponseNorm` (Krizhevsky,
 * Sutskever and Hinton 2012, §3.3, which has alpha in the place of alpha/size). The power is within 3 roundoffs (2^−24) of d's;
 * where d is not finite it is not a number.
 *
 * @param x float32 [rows][channels]
 * @param y float32 [rows][channels]; may be `x`
 * @param scratch float32 {@link localResponseNormScratchFloats}
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function localResponseNormForward(
  k: Kernels,
  x: number,
  y: number,
  layer: LocalResponseNormSize,
  scratch: number,
): void {
  checkLocalResponseNorm(k, { x, y }, layer, scratch);
  const { rows, channels, size, alpha, beta } = layer;
  k.wasm.localResponseNormForward(x, y, rows, channels, size, alpha / size, beta, layer.k, scratch);
}

/**
 * dx = dy·d^−beta − 2·alpha/size·beta·x·Σ dy·x·d^(−beta − 1), the sum over the channels whose windows have this one in them.
 *
 * @param x float32 [rows][channels], the input of the forward pass
 * @param dy float32 [rows][channels]
 * @param dx float32 [rows][channels]; may be `dy`
 * @param scratch float32 {@link localResponseNormScratchFloats}
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function localResponseNormBackward(
  k: Kernels,
  x: number,
  dy: number,
  dx: number,
  layer: LocalResponseNormSize,
  scratch: number,
): void {
  checkLocalResponseNorm(k, { x, dy, dx }, layer, scratch);
  const { rows, channels, size, alpha, beta } = layer;
  k.wasm.localResponseNormBackward(x, dy, dx, rows, channels, size, alpha / size, beta, layer.k, scratch);
}

function checkLocalResponseNorm(
  k: Kernels,
  tensors: Readonly<Record<string, number>>,
  layer: LocalResponseNormSize,
  scratch: number,
): void {
  const { rows, channels, size, alpha, beta } = layer;
  checkCounts('localResponseNorm', { rows, channels });
  checkInteger('localResponseNorm: size', size, 1);
  checkRange('localResponseNorm: alpha', alpha, 0, Number.MAX_VALUE);
  checkRange('localResponseNorm: beta', beta, 0, Number.MAX_VALUE);
  checkRange('localResponseNorm: k', layer.k, 2 ** -126, Number.MAX_VALUE);
  for (const [name, pointer] of Object.entries(tensors)) {
    k.check(`localResponseNorm: ${name}`, pointer, rows * channels);
  }
  k.check('localResponseNorm: scratch', scratch, localResponseNormScratchFloats(layer));
}
