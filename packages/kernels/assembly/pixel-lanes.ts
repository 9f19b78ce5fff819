import { storeLanes } from './lanes';
import { PIXEL_CHANNELS, PIXELS, pixelLanes } from './pixel-lanes-tile';
import { copyRow } from './vectors';

/**
 * Convolutions of one input channel to at most six, with stride 1: in a tile whose lanes are output channels two of eight would be
 * empty, and a tap would have one value a pixel. Here the lanes are neighbouring pixels, and taps are read at any place of a row.
 */

// The record of a convolution; src/ops/pixel-lanes-forward.ts holds the same list. Int32 each.
const HEIGHT: usize = 0;
const WIDTH: usize = 4;
const TOP: usize = 8; // rows and columns of zeros before the input's
const LEFT: usize = 12;
const TAP_ROWS: usize = 16;
const TAP_COLUMNS: usize = 20;
const OUTPUT_HEIGHT: usize = 24;
const OUTPUT_WIDTH: usize = 28;
const CHANNELS: usize = 32; // of the output
const PADDED: usize = 36; // scratch: an image with its border
const PADDED_WIDTH: usize = 40; // floats of a row of it: whole tiles, and the taps beyond
const TILE: usize = 44; // scratch: float32 [6][PIXELS]

// @ts-ignore: decorator
@inline
function field(g: usize, offset: usize): i32 {
  return load<i32>(g + offset);
}

/** y[image][row][column][channel] = bias + the sum over the taps of x times packed[taps][6], but not less than `least`. */
export function pixelLanesConvolve(g: usize, x: usize, packed: usize, bias: usize, y: usize, images: i32, least: f32): void {
  const height = field(g, HEIGHT), width = field(g, WIDTH), outputHeight = field(g, OUTPUT_HEIGHT), outputWidth = field(g, OUTPUT_WIDTH);
  const rows = field(g, TAP_ROWS), columns = field(g, TAP_COLUMNS), channels = field(g, CHANNELS);
  const padded = <usize>field(g, PADDED), tile = <usize>field(g, TILE), row = <usize>field(g, PADDED_WIDTH) << 2, xRow = <usize>width << 2;
  const inner = padded + row * field(g, TOP) + (<usize>field(g, LEFT) << 2);
  memory.fill(padded, 0, row * (outputHeight + rows - 1));
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < height; i++, x += xRow) copyRow(inner + row * i, x, xRow);
    for (let i = 0; i < outputHeight; i++) {
      for (let j = 0; j < outputWidth; j += PIXELS) {
        const count = min(PIXELS, outputWidth - j);
        pixelLanes(padded + row * i + (<usize>j << 2), row, rows, columns, packed, bias, tile);
        interleave(tile, y, count, channels, least);
        y += <usize>(count * channels) << 2;
      }
    }
  }
}

/** y[count][channels] = tile[6][PIXELS], but not less than `least`. */
function interleave(tile: usize, y: usize, count: i32, channels: i32, least: f32): void {
  const floor = f32x4.splat(least), pixel = <usize>channels << 2, plane = <usize>PIXELS << 2;
  for (; count > 0; count -= 4, tile += 16) {
    const a = f32x4.pmax(v128.load(tile), floor), b = f32x4.pmax(v128.load(tile + plane), floor);
    const c = f32x4.pmax(v128.load(tile + 2 * plane), floor), d = f32x4.pmax(v128.load(tile + 3 * plane), floor);
    const e = f32x4.pmax(v128.load(tile + 4 * plane), floor), f = f32x4.pmax(v128.load(tile + 5 * plane), floor);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), ef = v128.shuffle<f32>(e, f, 0, 4, 1, 5);
    storePixel(y, v128.shuffle<f64>(ab, cd, 0, 2), ef, channels);
    if (count > 1) storePixel(y + pixel, v128.shuffle<f64>(ab, cd, 1, 3), v128.shuffle<f64>(ef, ef, 1, 1), channels);
    const gh = v128.shuffle<f32>(a, b, 2, 6, 3, 7), ij = v128.shuffle<f32>(c, d, 2, 6, 3, 7), kl = v128.shuffle<f32>(e, f, 2, 6, 3, 7);
    if (count > 2) storePixel(y + 2 * pixel, v128.shuffle<f64>(gh, ij, 0, 2), kl, channels);
    if (count > 3) storePixel(y + 3 * pixel, v128.shuffle<f64>(gh, ij, 1, 3), v128.shuffle<f64>(kl, kl, 1, 1), channels);
    y += 4 * pixel;
  }
}

/** The first four channels of a pixel, and two more. */
// @ts-ignore: decorator
@inline
function storePixel(y: usize, four: v128, two: v128, channels: i32): void {
  if (channels == PIXEL_CHANNELS) {
    v128.store(y, four);
    v128.store64_lane(y, two, 0, 16);
  } else {
    storeLanes(y, four, channels);
    if (channels > 4) v128.store32_lane(y, two, 0, 16);
  }
}
