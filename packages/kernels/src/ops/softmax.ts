import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';

/**
 * y = e^(x − max)/Σ e^(x − max) of each row, as `torch.nn.Softmax` over the last axis. The powers are float32, their sum double
 * precision; the relative error is below 5 roundoffs (2^−24) and that of x − max. A NaN, or +∞, in a row makes all of it NaN.
 *
 * @param x float32 [rows][channels]
 * @param y float32 [rows][channels]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function softmaxForward(k: Kernels, x: number, y: number, rows: number, channels: number): void {
  checkSoftmax(k, { x, y }, rows, channels);
  k.wasm.softmaxForward(x, y, rows, channels);
}

/**
 * dx = y·(dy − Σ dy·y) of each row; the sum is in double precision. It takes the *output*, so that the forward pass may be in
 * place.
 *
 * @param y float32 [rows][channels], what {@link softmaxForward} made
 * @param dy float32 [rows][channels]
 * @param dx float32 [rows][channels]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function softmaxBackward(k: Kernels, y: number, dy: number, dx: number, rows: number, channels: number): void {
  checkSoftmax(k, { y, dy, dx }, rows, channels);
  k.wasm.softmaxBackward(y, dy, dx, rows, channels);
}

function checkSoftmax(k: Kernels, regions: Readonly<Record<string, number>>, rows: number, channels: number): void {
  checkCounts('softmax', { rows });
  checkInteger('softmax: channels', channels, 1);
  k.checkAll('softmax', regions, rows * channels);
}
