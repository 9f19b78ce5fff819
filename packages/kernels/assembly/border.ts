import { copyLanes } from './lanes';

/**
 * Zeros around the images of a weight gradient, put there block by block, so that what has them never leaves the cache. The record
 * is int32 (src/ops/convolution-border.ts holds the same list): rows and bytes of a row of an image; rows of zeros above it, and bytes of zeros
 * before and after each row; rows of an image with its zeros; rows from an output row's first tap to the next's, and that its taps
 * reach over; a pointer to scratch for a block.
 */
const ROWS: usize = 0;
const ROW_BYTES: usize = 4;
const TOP: usize = 8;
const LEFT_BYTES: usize = 12;
const RIGHT_BYTES: usize = 16;
const BORDERED_ROWS: usize = 20;
const ROW_STEP: usize = 24;
const REACH: usize = 28;
const SCRATCH: usize = 32;

/** Bytes of an image without its zeros. */
// @ts-ignore: decorator
@inline
export function imageBytesOf(border: usize): usize {
  return <usize>(load<i32>(border, ROWS) * load<i32>(border, ROW_BYTES));
}

/** Fills a row, or a part of it: `memory.fill` would be a call into the engine. */
function zeros(to: usize, bytes: usize): void {
  for (; bytes >= 16; bytes -= 16, to += 16) v128.store(to, f32x4.splat(0));
  for (; bytes > 0; bytes -= 4, to += 4) store<f32>(to, 0);
}

/**
 * Copies what the output rows [row, end) of some images read, with zeros around it.
 *
 * @returns a pointer that is to the copy as x is to the images with zeros: the first of them is the first image's row 0
 */
export function borderedRows(border: usize, x: usize, images: i32, row: i32, end: i32): usize {
  const rows = load<i32>(border, ROWS), rowBytes = <usize>load<i32>(border, ROW_BYTES), top = load<i32>(border, TOP);
  const left = <usize>load<i32>(border, LEFT_BYTES), right = <usize>load<i32>(border, RIGHT_BYTES);
  const step = load<i32>(border, ROW_STEP), scratch = <usize>load<i32>(border, SCRATCH);
  const bordered = left + rowBytes + right, image = bordered * load<i32>(border, BORDERED_ROWS);
  const first = row * step, last = (end - 1) * step + load<i32>(border, REACH);
  for (let n = 0; n < images; n++) {
    let to = scratch + image * n;
    for (let r = first - top; r < last - top; r++, to += bordered) {
      if (r < 0 || r >= rows) {
        zeros(to, bordered);
        continue;
      }
      zeros(to, left);
      copyLanes(to + left, x + rowBytes * (rows * n + r), <i32>rowBytes >> 2);
      zeros(to + left + rowBytes, right);
    }
  }
  return scratch - bordered * first;
}
