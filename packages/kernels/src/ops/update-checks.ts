import { KernelError } from '../errors.ts';
import { checkInteger, type Kernels } from '../kernels.ts';

/** Regions that every update has, float32 [length] each. A step reads some and writes the *next* ones. */
export interface UpdatePointers {
  readonly parameters: number;
  readonly nextParameters: number;
  /** Summed over the samples of the batch, not averaged. */
  readonly gradient: number;
}

/**
 * Refuses what no update can be made with: regions outside the memory, a length that is no multiple of 4, a number that is
 * not finite as a float32, and one of `positive` that is not above 0 as one.
 *
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function checkUpdate(
  k: Kernels,
  op: string,
  regions: Readonly<Record<string, number>>,
  length: number,
  numbers: Readonly<Record<string, number>>,
  positive: Readonly<Record<string, number>>,
): void {
  checkInteger(`${op}: length / 4`, length / 4, 0);
  k.checkAll(op, regions, length);
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isFinite(Math.fround(value))) {
      throw new KernelError('KERNEL_ARGUMENT', `${op}: ${name}: expected a finite number, got ${value}`);
    }
  }
  for (const [name, value] of Object.entries(positive)) {
    if (!(Number.isFinite(Math.fround(value)) && Math.fround(value) > 0)) {
      throw new KernelError('KERNEL_ARGUMENT', `${op}: ${name}: expected a finite number above 0, got ${value}`);
    }
  }
}
