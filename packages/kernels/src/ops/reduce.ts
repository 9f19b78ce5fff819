import { checkInteger, type Kernels } from '../kernels.ts';
import { roundToVector } from './relu.ts';

/** left += right over `length` floats; both regions have room for `length` rounded up to 4. */
export function add(k: Kernels, left: number, right: number, length: number): void {
  const count = roundToVector(length);
  k.check('add: left', left, count);
  k.check('add: right', right, count);
  k.wasm.add(left, right, count);
}

/**
 * out = the sum of `count` rows of `length` floats (a multiple of 4) in the order of a tree; the rows are overwritten.
 * `merges` points to an int32 a row: how often the two topmost entries of the stack are added after that row is pushed.
 */
export function treeSum(k: Kernels, rows: number, count: number, length: number, merges: number, out: number): void {
  checkInteger('treeSum: length', length / 4, 0);
  k.check('treeSum: rows', rows, count * length);
  k.check('treeSum: merges', merges, count);
  k.check('treeSum: out', out, length);
  k.wasm.treeSum(rows, count, length, merges, out);
}

/** out[c] = the sum of column c of x[rows][channels], accumulated in double precision. */
export function columnSums(k: Kernels, x: number, rows: number, channels: number, out: number): void {
  k.check('columnSums: x', x, rows * channels);
  k.check('columnSums: out', out, channels);
  k.wasm.columnSums(x, rows, channels, out);
}
