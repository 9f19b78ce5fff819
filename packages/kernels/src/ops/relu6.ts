import type { Kernels } from '../kernels.ts';
import { checkElementwise } from './elementwise.ts';

/**
 * y = min(max(x, 0), 6) element by element, as `torch.nn.ReLU6`; a NaN stays one.
 *
 * @param x float32 [length]
 * @param y float32 [length]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function relu6Forward(k: Kernels, x: number, y: number, length: number): void {
  checkElementwise(k, 'relu6', { x, y }, length);
  k.wasm.relu6Forward(x, y, length);
}

/**
 * dx = dy where 0 < y < 6, else 0. It takes the *output*, so that the forward pass may be in place.
 *
 * @param y float32 [length], what {@link relu6Forward} made
 * @param dy float32 [length]
 * @param dx float32 [length]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function relu6Backward(k: Kernels, y: number, dy: number, dx: number, length: number): void {
  checkElementwise(k, 'relu6', { y, dy, dx }, length);
  k.wasm.relu6Backward(y, dy, dx, length);
}
