import { checkApart, checkCounts, type Kernels } from '../kernels.ts';

/**
 * y += bias, in each row.
 *
 * @param y float32 [rows][channels]
 * @param bias float32 [channels]; does not overlap y
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function addBias(k: Kernels, y: number, bias: number, rows: number, channels: number): void {
  checkCounts('addBias', { rows, channels });
  k.check('addBias: y', y, rows * channels);
  k.check('addBias: bias', bias, channels);
  checkApart('addBias', { pointer: y, elements: rows * channels }, { bias: { pointer: bias, elements: channels } });
  k.wasm.addBias(y, bias, rows, channels);
}
