import { depthwisePixels1, depthwisePixels4, depthwiseTaps1, depthwiseTaps3 } from './depthwise-tiles';
import {
  OUTPUT_HEIGHT, OUTPUT_WIDTH, SPARE, TAP_COLUMN_STEP, TAP_COLUMNS, TAP_ROW_STEP, TAP_ROWS,
  WEIGHT_ROW_JUMP, WEIGHT_START, X_IMAGE_JUMP, X_PIXEL, X_ROW_JUMP, Y_IMAGE_JUMP, Y_PIXEL, Y_ROW_JUMP,
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

/**
 * dw[taps][channels] = sum over the pixels of a subtree of shards of x times dy, the shards' sums combined in the order of
 * the tree. Sums are [channels/8][taps][8] for each entry of the stack. Row by row of the output, so that what a row reads stays in
 * the cache for all of its channels and taps.
 */
export function depthwiseWeightGradient(g: usize, records: usize, shards: i32, dw: usize, channels: i32): void {
  const width = load<i32>(g, OUTPUT_WIDTH), height = load<i32>(g, OUTPUT_HEIGHT);
  const xPixel = <usize>load<i32>(g, X_PIXEL), yPixel = <usize>load<i32>(g, Y_PIXEL);
  const xRow = xPixel * width + load<i32>(g, X_ROW_JUMP);
  const xImage = xRow * height + load<i32>(g, X_IMAGE_JUMP), yRow = yPixel * width, yImage = yRow * height;
  const tapRows = load<i32>(g, TAP_ROWS), tapRowStep = <usize>load<i32>(g, TAP_ROW_STEP);
  const tapColumns = load<i32>(g, TAP_COLUMNS), tapColumnStep = <usize>load<i32>(g, TAP_COLUMN_STEP);
  const taps = <usize>(tapRows * tapColumns), bytes = <usize>channels << 2, sumsBytes = taps * bytes;
  const stack = <usize>load<i32>(g, SPARE);
  let top = stack;
  if (shards == 0) memory.fill(stack, 0, sumsBytes);
  for (let s = 0; s < shards; s++) {
    const record = records + RECORD * <usize>s;
    const images = load<i32>(record, 8), merges = load<i32>(record, 12);
    memory.fill(top, 0, sumsBytes);
    for (let n = 0; n < images; n++) {
      const x = <usize>load<i32>(record) + xImage * n, dy = <usize>load<i32>(record, 4) + yImage * n;
      for (let row = 0; row < height; row++) {
        let t = top;
        for (let c: usize = 0; c < bytes; c += 32) {
          let from = x + xRow * row + c;
          const gradient = dy + yRow * row + c;
          for (let i = 0; i < tapRows; i++, from += tapRowStep) {
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
