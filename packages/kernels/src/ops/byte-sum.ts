import { checkCounts, type Kernels } from '../kernels.ts';

/**
 * The sum of bytes, exact.
 *
 * @param x bytes [length]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function byteSum(k: Kernels, x: number, length: number): number {
  checkCounts('byteSum', { length });
  k.check('byteSum: x', x, length, 1);
  return k.wasm.byteSum(x, length);
}
