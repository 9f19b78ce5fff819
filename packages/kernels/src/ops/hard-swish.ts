import type { Kernels } from '../kernels.ts';
import { checkElementwise } from './elementwise.ts';

/**
 * y = x·min(max(x + 3, 0), 6)/6 element by element, as `torch.nn.Hardswish` (Howard et al., arXiv 1905.02244, §5.2).
 *
 * @param x float32 [length]
 * @param y float32 [length]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function hardSwishForward(k: Kernels, x: number, y: number, length: number): void {
  checkElementwise(k, 'hardSwish', { x, y }, length);
  k.wasm.hardSwishForward(x, y, length);
}

/**
 * dx = 0 where x < −3, dy where x > 3, else dy·(x/3 + 1/2), as PyTorch has it at ±3.
 *
 * @param x float32 [length], what the forward pass read
 * @param dy float32 [length]
 * @param dx float32 [length]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function hardSwishBackward(k: Kernels, x: number, dy: number, dx: number, length: number): void {
  checkElementwise(k, 'hardSwish', { x, dy, dx }, length);
  k.wasm.hardSwishBackward(x, dy, dx, length);
}
