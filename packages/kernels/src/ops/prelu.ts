import { checkCounts, type Kernels } from '../kernels.ts';
import { leakyReluBackward, leakyReluForward } from './leaky-relu.ts';

/** Rows of channels, and how many slopes they have. */
export interface PreluSize {
  readonly rows: number;
  readonly channels: number;
  /** One for all channels, or one a channel. */
  readonly slopes: 'shared' | 'channels';
}

/**
 * y = x where x > 0, else weight·x, as `torch.nn.PReLU` (He et al., arXiv 1502.01852).
 *
 * @param x float32 [rows][channels]
 * @param weight float32 [1] or [channels]
 * @param y float32 [rows][channels]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function preluForward(k: Kernels, x: number, weight: number, y: number, size: PreluSize): void {
  const { rows, channels, slopes } = checkPrelu(k, { x, y }, 'weight', weight, size);
  if (slopes === 'shared') leakyReluForward(k, x, y, rows * channels, k.f32[weight / 4]!);
  else k.wasm.preluForward(x, weight, y, rows, channels);
}

/**
 * dx = dy where x > 0, else weight·dy.
 *
 * @param x float32 [rows][channels], the input of the forward pass: a negative slope hides its sign
 * @param weight float32 [1] or [channels]
 * @param dy float32 [rows][channels]
 * @param dx float32 [rows][channels]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function preluBackward(k: Kernels, x: number, weight: number, dy: number, dx: number, size: PreluSize): void {
  const { rows, channels, slopes } = checkPrelu(k, { x, dy, dx }, 'weight', weight, size);
  if (slopes === 'shared') leakyReluBackward(k, x, dy, dx, rows * channels, k.f32[weight / 4]!);
  else k.wasm.preluBackward(x, weight, dy, dx, rows, channels);
}

/**
 * dweight = Σ x·dy where x is not positive, in double precision; 0 for no rows.
 *
 * @param x float32 [rows][channels]
 * @param dy float32 [rows][channels]
 * @param dweight float32 [1] or [channels]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function preluParameterGradient(k: Kernels, x: number, dy: number, dweight: number, size: PreluSize): void {
  const { rows, channels, slopes } = checkPrelu(k, { x, dy }, 'dweight', dweight, size);
  if (slopes === 'shared') k.wasm.preluSharedGradient(x, dy, rows * channels, dweight);
  else k.wasm.preluParameterGradient(x, dy, rows, channels, dweight);
}

function checkPrelu(
  k: Kernels,
  regions: Readonly<Record<string, number>>,
  vector: string,
  pointer: number,
  size: PreluSize,
): PreluSize {
  const { rows, channels, slopes } = size;
  checkCounts('prelu', { rows, channels });
  k.checkAll('prelu', regions, rows * channels);
  k.check(`prelu: ${vector}`, pointer, slopes === 'shared' ? 1 : channels);
  return size;
}
