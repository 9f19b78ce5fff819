import { checkCounts, type Kernels } from '../kernels.ts';

/**
 * Refuses a length that is no count, and regions that are not float32 [length] each.
 *
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function checkElementwise(
  k: Kernels,
  op: string,
  regions: Readonly<Record<string, number>>,
  length: number,
): void {
  checkCounts(op, { length });
  k.checkAll(op, regions, length);
}
