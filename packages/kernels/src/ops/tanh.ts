import type { Kernels } from '../kernels.ts';
import { checkElementwise } from './elementwise.ts';

/**
 * y = tanh x element by element; relative error below 3 roundoffs (2^−24).
 *
 * @param x float32 [length]
 * @param y float32 [length]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function tanhForward(k: Kernels, x: number, y: number, length: number): void {
  checkElementwise(k, 'tanh', { x, y }, length);
  k.wasm.tanhForward(x, y, length);
}

/**
 * dx = dy·(1 − y²). It takes the *output*, so that the forward pass may be in place.
 *
 * @param y float32 [length], what {@link tanhForward} made
 * @param dy float32 [length]
 * @param dx float32 [length]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function tanhBackward(k: Kernels, y: number, dy: number, dx: number, length: number): void {
  checkElementwise(k, 'tanh', { y, dy, dx }, length);
  k.wasm.tanhBackward(y, dy, dx, length);
}
