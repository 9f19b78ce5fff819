import { depthwisePixels1, depthwisePixels4, depthwiseTaps1, depthwiseTaps3 } from './depthwise-tiles';
import {
  OUTPUT_HEIGHT, OUTPUT_WIDTH, SPARE, TAP_COLUMN_STEP, TAP_COLUMNS, TAP_ROW_STEP, TAP_ROWS,
  X_IMAGE_JUMP, X_PIXEL, X_ROW_JUMP, Y_IMAGE_JUMP, Y_PIXEL, Y_ROW_JUMP,
} from './geometry';
import { addVectors } from './vectors';

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
  const weightStep = <usize>channels << 2;
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < height; i++) {
      for (let c: usize = 0; c < weightStep; c += 32) {
        let from = x + c, to = y + c, left = width;
        for (; left >= 4; left -= 4, from += 4 * xPixel, to += 4 * yPixel) {
          depthwisePixels4(from, w + c, bias + c, to, tapRows, tapRowStep, tapColumns, tapColumnStep, weightStep, xPixel, yPixel, least);
        }
        for (; left > 0; left--, from += xPixel, to += yPixel) {
          depthwisePixels1(from, w + c, bias + c, to, tapRows, tapRowStep, tapColumns, tapColumnStep, weightStep, xPixel, yPixel, least);
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

/**
 * dw[taps][channels] = sum over the pixels of a subtree of shards of x times dy, the shards' sums combined in the order of
 * the tree. Eight channels at a time: their sums, [taps][8] for each entry of the stack, stay in the first cache.
 */
export function depthwiseWeightGradient(g: usize, records: usize, shards: i32, dw: usize, channels: i32): void {
  const width = load<i32>(g, OUTPUT_WIDTH), height = load<i32>(g, OUTPUT_HEIGHT);
  const xPixel = <usize>load<i32>(g, X_PIXEL), yPixel = <usize>load<i32>(g, Y_PIXEL);
  const xRow = xPixel * width + load<i32>(g, X_ROW_JUMP);
  const xImage = xRow * height + load<i32>(g, X_IMAGE_JUMP), yRow = yPixel * width, yImage = yRow * height;
  const tapRows = load<i32>(g, TAP_ROWS), tapRowStep = <usize>load<i32>(g, TAP_ROW_STEP);
  const tapColumns = load<i32>(g, TAP_COLUMNS), tapColumnStep = <usize>load<i32>(g, TAP_COLUMN_STEP);
  const stack = <usize>load<i32>(g, SPARE), sumsBytes = <usize>(tapRows * tapColumns) << 5;
  for (let c: usize = 0; c < <usize>channels << 2; c += 32) {
    let top = stack;
    for (let s = 0; s < shards; s++) {
      const record = records + RECORD * <usize>s;
      const images = load<i32>(record, 8), merges = load<i32>(record, 12);
      memory.fill(top, 0, sumsBytes);
      for (let n = 0; n < images; n++) {
        const x = <usize>load<i32>(record) + xImage * n + c, dy = <usize>load<i32>(record, 4) + yImage * n + c;
        // Row by row of the output, so that what a row reads stays in the cache for all of its taps.
        for (let row = 0; row < height; row++) {
          let t = top;
          for (let i = 0; i < tapRows; i++) {
            const from = x + xRow * row + tapRowStep * i, gradient = dy + yRow * row;
            let j = 0;
            for (; j + 3 <= tapColumns; j += 3, t += 96) {
              depthwiseTaps3(from + tapColumnStep * j, gradient, t, width, 1, tapColumnStep, xPixel, 0, yPixel);
            }
            for (; j < tapColumns; j++, t += 32) {
              depthwiseTaps1(from + tapColumnStep * j, gradient, t, width, 1, tapColumnStep, xPixel, 0, yPixel);
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
    for (let t: usize = 0; t < <usize>(tapRows * tapColumns); t++) {
      memory.copy(dw + (t * channels << 2) + c, stack + (t << 5), 32);
    }
  }
}
