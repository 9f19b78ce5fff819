import type { Kernels } from '../kernels.ts';
import { checkElementwise } from './elementwise.ts';

/**
 * y = x·Φ(x) element by element, with the distribution function of the normal distribution, Φ(x) = (1 + erf(x/√2))/2: `torch.nn.GELU`
 * (Hendrycks and Gimpel, arXiv 1606.08415). The relative error is below 6 roundoffs (2^−24), also where x is negative and 1 + erf
 * would cancel; 0 below −14.
 *
 * @param x float32 [length]
 * @param y float32 [length]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function geluForward(k: Kernels, x: number, y: number, length: number): void {
  checkElementwise(k, 'gelu', { x, y }, length);
  k.wasm.geluForward(x, y, length);
}

/**
 * dx = dy·(Φ(x) + x·e^(−x²/2)/√(2π)); the error of the factor is below 8 roundoffs of the largest, 1.13.
 *
 * @param x float32 [length], what the forward pass read
 * @param dy float32 [length]
 * @param dx float32 [length]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function geluBackward(k: Kernels, x: number, dy: number, dx: number, length: number): void {
  checkElementwise(k, 'gelu', { x, dy, dx }, length);
  k.wasm.geluBackward(x, dy, dx, length);
}

/**
 * y = x·(1 + tanh u)/2 with u = √(2/π)·(x + 0.044715·x³): `torch.nn.GELU(approximate='tanh')`. The relative error is below 4 + 3·|2u|
 * roundoffs (2^−24): that of 2u, times 2u.
 *
 * @param x float32 [length]
 * @param y float32 [length]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function geluTanhForward(k: Kernels, x: number, y: number, length: number): void {
  checkElementwise(k, 'geluTanh', { x, y }, length);
  k.wasm.geluTanhForward(x, y, length);
}

/**
 * dx = dy·(s + 2u′·x·s·(1 − s)) with s = (1 + tanh u)/2; the error of the factor is below 16 roundoffs of the largest, 1.13.
 *
 * @param x float32 [length], what the forward pass read
 * @param dy float32 [length]
 * @param dx float32 [length]; may be `dy`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function geluTanhBackward(k: Kernels, x: number, dy: number, dx: number, length: number): void {
  checkElementwise(k, 'geluTanh', { x, dy, dx }, length);
  k.wasm.geluTanhBackward(x, dy, dx, length);
}
