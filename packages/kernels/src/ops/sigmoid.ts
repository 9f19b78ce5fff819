import type { Kernels } from '../kernels.ts';
import { checkElementwise } from './elementwise.ts';

/**
 * y = 1/(1 + e^−x) element by element; relative error below 3 roundoffs (2^−24), 0 below −88.73.
 *
 * @param x float32 [length]
 * @param y float32 [length]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function sigmoidForward(k: Kernels, x: number, y: number, length: number): void {
  checkElementwise(k, 'sigmoid', { x, y }, length);
  k.wasm.sigmoidForward(x, y, length);
}

/**
 * dx = dy·y·(1 − y). It takes the *output*, so that the forward pass may be in place.
 *
 * @param y float32 [length], what {@link sigmoidForward} made
 * @param dy float32 [length]
 * @param dx float32 [length]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function sigmoidBackward(k: Kernels, y: number, dy: number, dx: number, length: number): void {
  checkElementwise(k, 'sigmoid', { y, dy, dx }, length);
  k.wasm.sigmoidBackward(y, dy, dx, length);
}
