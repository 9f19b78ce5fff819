import { checkCounts, type Kernels } from '../kernels.ts';

/**
 * Σ x², accumulated in double precision, in an order that only the length decides; 0 for no elements. The same bits in all
 * builds. It cannot overflow: what is not finite comes from an element that is not.
 *
 * @param x float32 [length]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function squareSum(k: Kernels, x: number, length: number): number {
  checkCounts('squareSum', { length });
  k.check('squareSum: x', x, length);
  return k.wasm.squareSum(x, length);
}
