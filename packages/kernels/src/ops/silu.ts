import type { Kernels } from '../kernels.ts';
import { checkElementwise } from './elementwise.ts';

/**
 * y = x/(1 + e^−x) element by element, as `torch.nn.SiLU` (swish; Ramachandran et al., arXiv 1710.05941); relative error below 3
 * roundoffs (2^−24), 0 below −88.73. Of −∞ it is NaN, as in PyTorch.
 *
 * @param x float32 [length]
 * @param y float32 [length]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function siluForward(k: Kernels, x: number, y: number, length: number): void {
  checkElementwise(k, 'silu', { x, y }, length);
  k.wasm.siluForward(x, y, length);
}

/**
 * dx = dy·s·(1 + x·(1 − s)) with s = 1/(1 + e^−x); the error of the factor is below 6 roundoffs of the largest, 1.1.
 *
 * @param x float32 [length], what the forward pass read
 * @param dy float32 [length]
 * @param dx float32 [length]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function siluBackward(k: Kernels, x: number, dy: number, dx: number, length: number): void {
  checkElementwise(k, 'silu', { x, dy, dx }, length);
  k.wasm.siluBackward(x, dy, dx, length);
}
