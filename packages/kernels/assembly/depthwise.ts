import { depthwisePixels1, depthwisePixels4, depthwiseTaps1, depthwiseTaps3 } from './depthwise-tiles';
import {
  BEGIN_ROW, END_ROW, OUTPUT_HEIGHT, OUTPUT_WIDTH, SPARE, TAP_COLUMN_STEP, TAP_COLUMNS, TAP_RECORD, TAP_ROW_STEP, TAP_ROWS,
  WEIGHT_ROW_JUMP, WEIGHT_START, X_IMAGE_JUMP, X_PIXEL, X_ROW_JUMP, Y_IMAGE_JUMP, Y_PIXEL, Y_ROW_JUMP,
} from './geometry';
import { addVectors, LINE, touch } from './vectors';

/**
 * Depthwise convolution: each channel by itself, so that channels are the lanes. The walk is a geometry record's, with taps
 * that are never merged into runs. Channels come in multiples of 8.
 */

/** y[image][row][column][c] = bias[c] + sum over the taps of x times w[taps][channels], but not less than `least`. */
export function depthwiseConvolve(g: usize, x: usize, w: usize, bias: usize, y: usize, images: i32, channels: i32, least: f32): void {
  const width = load<i32>(g, OUTPUT_WIDTH), height = load<i32>(g, OUTPUT_HEIGHT);
  const xPixel = <usize>load<i32>(g, X_PIXEL), yPixel = <usize>load<i32>(g, Y_PIXEL);
  const xRow = xPixel * width + load<i32>(g, X_ROW_JUMP), yRow = yPixel * width + load<i32>(g, Y_ROW_JUMP);
  const tapRows = load<i32>(g, TAP_ROWS), tapRowStep = <usize>load<i32>(g, TAP_ROW_STEP);
  const tapColumns = load<i32>(g, TAP_COLUMNS), tapColumnStep = <usize>load<i32>(g, TAP_COLUMN_STEP);
  const weightStep = <usize>channels << 2, weightRow = weightStep * load<i32>(g, WEIGHT_ROW_JUMP);
  w += weightStep * load<i32>(g, WEIGHT_START);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < height; i++) {
      for (let c: usize = 0; c < weightStep; c += 32) {
        let from = x + c, to = y + c, left = width;
        for (; left >= 4; left -= 4, from += 4 * xPixel, to += 4 * yPixel) {
          depthwisePixels4(from, w + c, bias + c, to, tapRows, tapRowStep, tapColumns, tapColumnStep, weightStep, weightRow, xPixel, yPixel, least);
        }
        for (; left > 0; left--, from += xPixel, to += yPixel) {
          depthwisePixels1(from, w + c, bias + c, to, tapRows, tapRowStep, tapColumns, tapColumnStep, weightStep, weightRow, xPixel, yPixel, least);
        }
      }
      x += xRow;
      y += yRow;
    }
    x += load<i32>(g, X_IMAGE_JUMP);
    y += load<i32>(g, Y_IMAGE_JUMP);
  }
}

/** The taps of one phase of the input gradient, in reverse order: packed[i][j][c] = w[lastRow − i·rowStep][lastColumn − j·columnStep][c]. */
export function depthwisePackTransposed(w: usize, packed: usize, lastRow: i32, rowStep: i32, rows: i32, lastColumn: i32, columnStep: i32, columns: i32, kernelWidth: i32, channels: i32): void {
  const bytes = <usize>channels << 2;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      memory.copy(packed, w + bytes * <usize>((lastRow - i * rowStep) * kernelWidth + lastColumn - j * columnStep), bytes);
      packed += bytes;
    }
  }
}

/** One record a shard: int32 x, dy, images, merges after this leaf of the tree; as for convolutionWeightGradient. */
const RECORD: usize = 16;
/** Bytes of input of a block of the weight gradient, if that is a row at least. */
const BLOCK_BYTES: i32 = 131072;

/**
 * dw[taps][channels] = sum over the pixels of a subtree of shards of x times dy, the shards' sums combined in the order of
 * the tree; `tapRecords` has one record a tap (geometry.ts). Sums are [channels/8][taps][8] for each entry of the stack. Block by block, of
 * some rows or some small images, so that what a block reads stays in the cache for all of its channels and taps.
 */
export function depthwiseWeightGradient(g: usize, tapRecords: usize, records: usize, shards: i32, dw: usize, channels: i32): void {
  const width = load<i32>(g, OUTPUT_WIDTH), height = load<i32>(g, OUTPUT_HEIGHT);
  const xPixel = <usize>load<i32>(g, X_PIXEL), yPixel = <usize>load<i32>(g, Y_PIXEL);
  const xRowJump = <usize>load<i32>(g, X_ROW_JUMP), xRow = xPixel * width + xRowJump;
  const xImage = xRow * height + load<i32>(g, X_IMAGE_JUMP), yRow = yPixel * width, yImage = yRow * height;
  const tapRows = load<i32>(g, TAP_ROWS), tapColumns = load<i32>(g, TAP_COLUMNS);
  const taps = <usize>(tapRows * tapColumns), bytes = <usize>channels << 2, sumsBytes = taps * bytes;
  const zeros = <usize>load<i32>(g, SPARE), touched = zeros + 32, stack = touched + 16;
  memory.fill(zeros, 0, 32);
  const blockRows = min(height, max(1, BLOCK_BYTES / <i32>xRow)), blockImages = blockRows < height ? 1 : max(1, BLOCK_BYTES / <i32>xImage);
  let top = stack;
  if (shards == 0) memory.fill(stack, 0, sumsBytes);
  for (let s = 0; s < shards; s++) {
    const record = records + RECORD * <usize>s;
    const images = load<i32>(record, 8), merges = load<i32>(record, 12);
    memory.fill(top, 0, sumsBytes);
    const x = <usize>load<i32>(record), dy = <usize>load<i32>(record, 4);
    for (let image = 0; image < images; image += blockImages) {
      const n = min(blockImages, images - image);
      for (let row = 0; row < height; row += blockRows) {
        const end = min(row + blockRows, height);
        // Who has one shard only has just made its gradient.
        if (shards > 1) {
          touch(x + xImage * image + xRow * row, n > 1 ? xImage * n : xRow * (end - row), LINE, touched);
          touch(dy + yImage * image + yRow * row, n > 1 ? yImage * n : yRow * (end - row), LINE, touched);
        }
        let t = top;
        for (let c: usize = 0; c < bytes; c += 32) {
          let tap = tapRecords;
          for (let i = 0; i < tapRows; i++) {
            const first = max(row, load<i32>(tap, BEGIN_ROW)), rows = max(0, min(end, load<i32>(tap, END_ROW)) - first);
            const from = x + xImage * image + xRow * first + c, gradient = dy + yImage * image + yRow * first + c;
            const xImageJump = xImage - xRow * rows, yImageJump = yImage - yRow * rows;
            let j = 0;
            for (; j + 3 <= tapColumns; j += 3, t += 96, tap += 3 * TAP_RECORD) {
              depthwiseTaps3(tap, from, gradient, t, width, rows, n, xPixel, xRowJump, xImageJump, yPixel, yImageJump, zeros);
            }
            for (; j < tapColumns; j++, t += 32, tap += TAP_RECORD) {
              depthwiseTaps1(tap, from, gradient, t, width, rows, n, xPixel, xRowJump, xImageJump, yPixel, yImageJump, zeros);
            }
          }
        }
      }
    }
    for (let i = 0; i < merges; i++) {
      top -= sumsBytes;
      addVectors(top, top + sumsBytes, sumsBytes);
    }
    top += sumsBytes;
  }
  for (let c: usize = 0, from = stack; c < bytes; c += 32) {
    for (let t: usize = 0; t < taps; t++, from += 32) {
      v128.store(dw + t * bytes + c, v128.load(from, 16), 16);
      v128.store(dw + t * bytes + c, v128.load(from));
    }
  }
}
