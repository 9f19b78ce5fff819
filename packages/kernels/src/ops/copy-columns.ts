import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';

/**
 * Copies some columns of one matrix into another, row by row: what concatenation along the channels consists of, and its
 * backward pass.
 *
 * @param from float32, the first column to copy of the first row; rows are `fromStride` floats apart
 * @param to float32, where it goes; rows are `toStride` floats apart. It must not overlap `from`
 * @param columns floats of each row, at most either stride
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function copyColumns(
  k: Kernels,
  from: number,
  fromStride: number,
  to: number,
  toStride: number,
  rows: number,
  columns: number,
): void {
  checkCounts('copyColumns', { rows, columns });
  checkInteger('copyColumns: fromStride', fromStride, columns);
  checkInteger('copyColumns: toStride', toStride, columns);
  const extent = (stride: number): number => (rows === 0 ? 0 : (rows - 1) * stride + columns);
  k.check('copyColumns: from', from, extent(fromStride));
  k.check('copyColumns: to', to, extent(toStride));
  k.wasm.copyColumns(from, fromStride, to, toStride, rows, columns);
}
