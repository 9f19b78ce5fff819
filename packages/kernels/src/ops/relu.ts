import { checkCounts, type Kernels } from '../kernels.ts';

/**
 * y = max(x, 0) element by element; −0 and not-a-number stay, as in PyTorch.
 *
 * @param x float32 [length]
 * @param y float32 [length]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function reluForward(k: Kernels, x: number, y: number, length: number): void {
  checkCounts('relu', { length });
  k.check('relu: x', x, length);
  k.check('relu: y', y, length);
  k.wasm.reluForward(x, y, length);
}

/**
 * dx = dy where y > 0, else 0. It takes the *output*, so that the forward pass may be in place; where y is NaN, dx is 0.
 *
 * @param y float32 [length], what {@link reluForward} made
 * @param dy float32 [length]
 * @param dx float32 [length]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function reluBackward(k: Kernels, y: number, dy: number, dx: number, length: number): void {
  checkCounts('relu', { length });
  k.check('relu: y', y, length);
  k.check('relu: dy', dy, length);
  k.check('relu: dx', dx, length);
  k.wasm.reluBackward(y, dy, dx, length);
}
