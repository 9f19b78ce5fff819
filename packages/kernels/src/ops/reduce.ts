import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';
import { checkMerges } from './merges.ts';

/**
 * left += right, element by element.
 *
 * @param left float32 [length]
 * @param right float32 [length]; may be `left`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function add(k: Kernels, left: number, right: number, length: number): void {
  checkCounts('add', { length });
  k.check('add: left', left, length);
  k.check('add: right', right, length);
  k.wasm.add(left, right, length);
}

/**
 * out = the sum of all rows, in the order of a tree and in single precision; 0 for no rows.
 *
 * @param rows float32 [count][length]; overwritten
 * @param length a multiple of 4
 * @param merges int32 [count]: how often the two topmost entries of the stack are added after that row is pushed. Two
 *   rows: 0, 1. Four rows: 0, 1, 0, 2.
 * @param out float32 [length]; may be `rows`
 * @throws KernelError `KERNEL_ARGUMENT` also if the merges are no tree, `KERNEL_POINTER`
 */
export function treeSum(k: Kernels, rows: number, count: number, length: number, merges: number, out: number): void {
  checkCounts('treeSum', { count });
  checkInteger('treeSum: length / 4', length / 4, 0);
  k.check('treeSum: rows', rows, count * length);
  k.check('treeSum: merges', merges, count);
  k.check('treeSum: out', out, length);
  checkMerges('treeSum', k.i32.subarray(merges / 4, merges / 4 + count));
  k.wasm.treeSum(rows, count, length, merges, out);
}

/**
 * out[c] = the sum of column c, accumulated in double precision from the first row to the last; 0 for no rows.
 *
 * @param x float32 [rows][channels]
 * @param out float32 [channels]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function columnSums(k: Kernels, x: number, rows: number, channels: number, out: number): void {
  checkCounts('columnSums', { rows, channels });
  k.check('columnSums: x', x, rows * channels);
  k.check('columnSums: out', out, channels);
  k.wasm.columnSums(x, rows, channels, out);
}
