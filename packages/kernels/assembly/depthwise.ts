import { depthwisePixels1, depthwisePixels2x3, depthwisePixels4, depthwisePixels4x3, depthwiseTaps1, depthwiseTaps3, depthwiseTaps3x3, LANE_BYTES } from './depthwise-tiles';
import {
  BEGIN_COLUMN, BEGIN_ROW, END_COLUMN, END_ROW, OUTPUT_HEIGHT, OUTPUT_WIDTH, SPARE, TAP_COLUMN_STEP, TAP_COLUMNS, TAP_RECORD, TAP_ROW_STEP, TAP_ROWS,
  WEIGHT_ROW_JUMP, WEIGHT_START, X_IMAGE_JUMP, X_PIXEL, X_ROW_JUMP, Y_IMAGE_JUMP, Y_PIXEL, Y_ROW_JUMP,
} from './geometry';
import { addVectors, LINE, touch } from './vectors';

/**
 * Depthwise convolution: each channel by itself, so that channels are the lanes. The walk is a geometry record's, with taps
 * that are never merged into runs. Channels come in multiples of 8.
 */

/** One record a zone of {@link depthwiseConvolve}: that of its walk; bytes from the first value to its first tap, and to its first pixel; zones of its band. */
const ZONE_RECORD: usize = 76;
const X_START: usize = 64;
const Y_START: usize = 68;
const BAND: usize = 72;

/**
 * y[image][row][column][c] = bias[c] + sum over the taps of x times w[taps][channels], but not less than `least`.
 *
 * Zones that have the same rows are a band, and their records follow each other. Image by image and row by row, of a row from left to
 * right and of a pixel all channels: so memory is read and written in its order, which the machine foresees.
 */
export function depthwiseConvolve(zones: usize, bands: i32, x: usize, w: usize, bias: usize, y: usize, images: i32, xImage: usize, yImage: usize, channels: i32, least: f32): void {
  const bytes = <usize>channels << 2;
  for (let n = 0; n < images; n++, x += xImage, y += yImage) {
    let band = zones;
    for (let b = 0; b < bands; b++) {
      const height = load<i32>(band, OUTPUT_HEIGHT), end = band + ZONE_RECORD * <usize>load<i32>(band, BAND);
      const yPixel = load<i32>(band, Y_PIXEL), yRow = <usize>(yPixel * load<i32>(band, OUTPUT_WIDTH) + load<i32>(band, Y_ROW_JUMP));
      const last = end - ZONE_RECORD, start = load<i32>(band, Y_START);
      // Pixels of several zones that lie between each other.
      const scattered = yPixel > <i32>bytes, rowBytes = <usize>(load<i32>(last, Y_START) - start + yPixel * (load<i32>(last, OUTPUT_WIDTH) - 1)) + bytes;
      let to = y + start;
      for (let row = 0; row < height; row++, to += yRow) {
        if (scattered) touch(to, rowBytes, LINE, to);
        for (let zone = band; zone < end; zone += ZONE_RECORD) zoneRow(zone, row, x, w, bias, y, bytes, least);
      }
      band = end;
    }
  }
}

/** One row of a zone. */
function zoneRow(zone: usize, row: i32, x: usize, w: usize, bias: usize, y: usize, bytes: usize, least: f32): void {
  const width = load<i32>(zone, OUTPUT_WIDTH), xPixel = <usize>load<i32>(zone, X_PIXEL), yPixel = <usize>load<i32>(zone, Y_PIXEL);
  const tapRows = load<i32>(zone, TAP_ROWS), tapRowStep = <usize>load<i32>(zone, TAP_ROW_STEP);
  const tapColumns = load<i32>(zone, TAP_COLUMNS), tapColumnStep = <usize>load<i32>(zone, TAP_COLUMN_STEP);
  const weightRow = bytes * <usize>(tapColumns + load<i32>(zone, WEIGHT_ROW_JUMP));
  let from = x + load<i32>(zone, X_START) + (xPixel * width + load<i32>(zone, X_ROW_JUMP)) * row;
  let to = y + load<i32>(zone, Y_START) + (yPixel * width + load<i32>(zone, Y_ROW_JUMP)) * row;
  w += bytes * load<i32>(zone, WEIGHT_START);
  const shared = tapColumns == 3 && tapColumnStep == xPixel;
  let left = width;
  while (left >= 4) {
    if (shared) depthwisePixels4x3(from, w, bias, to, tapRows, tapRowStep, bytes, weightRow, xPixel, yPixel, least);
    else depthwisePixels4(from, w, bias, to, tapRows, tapRowStep, tapColumns, tapColumnStep, bytes, weightRow, xPixel, yPixel, least);
    // The last four overlap those before them.
    const step = left > 4 && left < 8 ? left - 4 : 4;
    from += xPixel * step;
    to += yPixel * step;
    left -= step;
  }
  if (shared && left >= 2) {
    depthwisePixels2x3(from, w, bias, to, tapRows, tapRowStep, bytes, weightRow, xPixel, yPixel, least);
    from += 2 * xPixel;
    to += 2 * yPixel;
    left -= 2;
  }
  for (; left > 0; left--, from += xPixel, to += yPixel) {
    depthwisePixels1(from, w, bias, to, tapRows, tapRowStep, tapColumns, tapColumnStep, bytes, weightRow, xPixel, yPixel, least);
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
/** Bytes of input of a block of the weight gradient, if that is a row at least; and of one by all nine taps at once, which reads it once. */
const BLOCK_BYTES: i32 = 131072;
const NINE_TAPS_BLOCK_BYTES: i32 = 24576;

/** Whether the kernel is of 3×3, no pixel lacks taps at the left and at the right, and none more than one. */
function nineTaps(g: usize, tap: usize): bool {
  return load<i32>(g, TAP_ROWS) == 3 && load<i32>(g, TAP_COLUMNS) == 3
    && load<i32>(tap, BEGIN_COLUMN + TAP_RECORD) == 0 && load<i32>(tap, BEGIN_COLUMN + 2 * TAP_RECORD) == 0
    && load<i32>(tap, END_COLUMN) == load<i32>(g, OUTPUT_WIDTH) && load<i32>(tap, END_COLUMN + TAP_RECORD) == load<i32>(g, OUTPUT_WIDTH)
    && load<i32>(tap, BEGIN_COLUMN) <= load<i32>(tap, END_COLUMN + 2 * TAP_RECORD);
}

/** Bytes before the sums: what reading ahead writes, and zeros that two steps from tap to tap stay in. */
const TOUCHED_BYTES: usize = 16;
// @ts-ignore: decorator
@inline
function zeroBytes(tapColumnStep: i32): usize {
  return <usize>(2 * tapColumnStep + 32);
}

/** Bytes of scratch that a weight gradient needs at SPARE for sums of so many bytes. */
export function depthwiseScratchBytes(tapColumnStep: i32, sumsBytes: i32): i32 {
  return <i32>(zeroBytes(tapColumnStep) + TOUCHED_BYTES) + sumsBytes;
}

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
  const tapColumnStep = load<i32>(g, TAP_COLUMN_STEP);
  const taps = <usize>(tapRows * tapColumns), bytes = <usize>channels << 2, sumsBytes = taps * bytes;
  const zeros = <usize>load<i32>(g, SPARE), touched = zeros + zeroBytes(tapColumnStep), stack = touched + TOUCHED_BYTES;
  memory.fill(zeros, 0, zeroBytes(tapColumnStep));
  const nine = nineTaps(g, tapRecords), blockBytes = nine ? NINE_TAPS_BLOCK_BYTES : BLOCK_BYTES;
  const blockRows = min(height, max(1, blockBytes / <i32>xRow)), blockImages = blockRows < height ? 1 : max(1, blockBytes / <i32>xImage);
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
        if (nine) {
          for (let c: usize = 0; c < bytes; c += LANE_BYTES) {
            const t = top + (c & ~31) * 9 + (c & 31);
            depthwiseTaps3x3(tapRecords, tapColumnStep, x + xImage * image + c, dy + yImage * image + c, t, width, row, end, n, xPixel, xRow, xImage, yPixel, yImage, zeros);
          }
          continue;
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
