import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';
import { checkBytes } from './picture-checks.ts';

/**
 * Copies some bytes of each row of a picture into another: what cropping and turning upside down consist of.
 *
 * @param from the first byte to copy of the first row; rows begin `fromStride` bytes apart, which may be negative
 * @param to where it goes; rows begin `toStride` bytes apart, which may be negative. It must not overlap `from`, unless
 *   every row goes to where it is or before, as where a rectangle is cut out in place
 * @param bytes of each row
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function copyRows(
  k: Kernels,
  from: number,
  fromStride: number,
  to: number,
  toStride: number,
  rows: number,
  bytes: number,
): void {
  if (!(isCount(rows) && isCount(bytes) && rows * bytes <= 0x7fffffff)) checkCounts('copyRows', { rows, bytes });
  checkRows(k, 'from', from, fromStride, rows, bytes);
  checkRows(k, 'to', to, toStride, rows, bytes);
  k.wasm.copyRows(from, fromStride, to, toStride, rows, bytes);
}

/** That all rows are in memory, from the lowest to the end of the highest. */
function checkRows(k: Kernels, name: string, first: number, stride: number, rows: number, bytes: number): void {
  if (stride !== (stride | 0)) checkInteger(`copyRows: ${name}Stride`, stride, -0x80000000);
  const last = first + Math.max(0, rows - 1) * stride;
  checkBytes(k, 'copyRows', name, Math.min(first, last), Math.abs(last - first) + bytes);
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0;
