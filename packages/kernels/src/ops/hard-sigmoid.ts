import type { Kernels } from '../kernels.ts';
import { checkElementwise } from './elementwise.ts';

/**
 * y = min(max(x + 3, 0), 6)/6 element by element, as `torch.nn.Hardsigmoid`.
 *
 * @param x float32 [length]
 * @param y float32 [length]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function hardSigmoidForward(k: Kernels, x: number, y: number, length: number): void {
  checkElementwise(k, 'hardSigmoid', { x, y }, length);
  k.wasm.hardSigmoidForward(x, y, length);
}

/**
 * dx = dy/6 where 0 < y < 1, else 0. It takes the *output*, so that the forward pass may be in place. The float32 just below 3, for which
 * x + 3 rounds to 6, has no gradient.
 *
 * @param y float32 [length], what {@link hardSigmoidForward} made
 * @param dy float32 [length]
 * @param dx float32 [length]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function hardSigmoidBackward(k: Kernels, y: number, dy: number, dx: number, length: number): void {
  checkElementwise(k, 'hardSigmoid', { y, dy, dx }, length);
  k.wasm.hardSigmoidBackward(y, dy, dx, length);
}
