import { outer, panelLanes, product } from './panels';
import {
  addedOutputTile, edgeGradientTile, edgeInputTile, flippedWeightTile, gradientTile, inputTile, outputTile, weightGradientTile, weightTile,
} from './winograd-tiles';
import { addVectors, copyRow, LINE, touch, transpose4x4 } from './vectors';

/**
 * Winograd's convolution F(4×4, 3×3): 3×3 taps, stride 1, channels in multiples of 8. A quarter of the multiplications of the
 * direct one, at about 1e-5 of relative error; see scripts/winograd.ts for the matrices.
 *
 * Tiles of 4×4 output pixels are taken in blocks whose 36 planes stay in the cache: transform the input, one matrix product
 * a plane, transform the result. What a tile gives does not depend on the others, so block sizes change no bits.
 */

// The record of a convolution; src/ops/winograd.ts holds the same list. Int32 each.
const HEIGHT: usize = 0; // of the output
const WIDTH: usize = 4;
const IN_CHANNELS: usize = 8;
const OUT_CHANNELS: usize = 12;
const TILE_BLOCK: usize = 16; // tiles of a block
const INPUT_PLANES: usize = 20; // scratch: float32 [36][TILE_BLOCK][IN_CHANNELS]
const OUTPUT_PLANES: usize = 24; // scratch: float32 [36][TILE_BLOCK][OUT_CHANNELS]
const SPARE: usize = 28; // scratch: 6×6×8 floats, then a tile of 4×4 pixels of the output
const ZEROS: usize = 32; // of six pixels, of input or output, or of a register tile
const IN_HEIGHT: usize = 36;
const IN_WIDTH: usize = 40;
const TOP: usize = 44; // rows and columns of zeros before the input's
const LEFT: usize = 48;

const SPARE_TILE: usize = 6 * 6 * 8 * 4;

// @ts-ignore: decorator
@inline
function field(g: usize, offset: usize): i32 {
  return load<i32>(g + offset);
}

/**
 * Bytes from a plane to the next: a line more than it has. A tile is transformed from or to a line of each of the 36 planes,
 * and planes a multiple of 4096 bytes apart would have all their lines in one set of the first cache, which has fewer places.
 */
// @ts-ignore: decorator
@inline
function planeOf(rows: i32, channels: i32): usize {
  return <usize>(rows * channels + 16) << 2;
}

/**
 * weights[3][3][in][out], of which `channels` output channels from w on, to packed[36][channels/lanes][in][lanes]. `spare`:
 * scratch for a tile.
 */
export function winogradPackForward(w: usize, packed: usize, inChannels: i32, outChannels: i32, channels: i32, spare: usize): void {
  const tapBytes = <usize>(inChannels * outChannels) << 2, plane = planeOf(inChannels, channels);
  for (let c = 0; c < inChannels; c++, w += <usize>outChannels << 2) {
    for (let k = 0; k < channels; ) {
      const lanes = panelLanes(k, channels);
      weightTile(w + (<usize>k << 2), packed + (<usize>(k * inChannels + c * lanes) << 2), tapBytes, plane, lanes, spare);
      k += lanes;
    }
  }
}

/**
 * weights[3][3][in][out], turned by half a turn, of which `channels` input channels from w on, to
 * packed[36][channels/lanes][out][lanes]. `spare`: four rows of 36 planes of out floats, then scratch for a tile.
 */
export function winogradPackTransposed(w: usize, packed: usize, inChannels: i32, outChannels: i32, channels: i32, spare: usize): void {
  const row = <usize>outChannels << 2, line = planeOf(1, outChannels), planes = line * 36, scratch = spare + 4 * planes;
  const tapBytes = row * inChannels, plane = planeOf(outChannels, channels);
  for (let c = 0; c < channels; ) {
    const lanes = panelLanes(c, channels), lanesBytes = <usize>lanes << 2;
    for (let l = 0; l < lanes; l += 4) {
      for (let i = 0; i < 4; i++) flippedWeightTile(w + row * (c + l + i), spare + planes * i, tapBytes, line, outChannels, scratch);
      const to = packed + (<usize>(c * outChannels + l) << 2);
      for (let x: usize = 0; x < 36; x++) {
        const from = spare + line * x, target = to + plane * x;
        for (let k = 0; k < outChannels; k += 4) transpose4x4(from + (<usize>k << 2), planes, target + lanesBytes * k, lanesBytes);
      }
    }
    c += lanes;
  }
}

/** Transforms tiles [first, first + count) of x, which has zeros around it and may be far from the cache, to the input planes. */
function inputTiles(g: usize, x: usize, first: i32, count: i32, far: bool): void {
  const inChannels = field(g, IN_CHANNELS), inHeight = field(g, IN_HEIGHT), inWidth = field(g, IN_WIDTH);
  const planes = <usize>field(g, INPUT_PLANES), spare = <usize>field(g, SPARE), zeros = <usize>field(g, ZEROS);
  const tileRows = (field(g, HEIGHT) + 3) >> 2, tileColumns = (field(g, WIDTH) + 3) >> 2;
  const top = field(g, TOP), left = field(g, LEFT);
  const pixel = <usize>inChannels << 2, row = pixel * inWidth, image = row * inHeight;
  const plane = planeOf(field(g, TILE_BLOCK), inChannels);
  // The rows of the tiles, in the order of memory: tile by tile the machine does not foresee them.
  for (let r = (first + tileColumns - 1) / tileColumns; far && r * tileColumns < first + count; r++) {
    const i = r % tileRows * 4 - top, begin = max(0, i), end = min(inHeight, i + (r % tileRows + 1 < tileRows ? 4 : 6));
    if (begin < end) touch(x + image * (r / tileRows) + row * begin, row * (end - begin), LINE, spare);
  }
  for (let t = 0; t < count; t++) {
    const rest = (first + t) % (tileRows * tileColumns);
    const i = rest / tileColumns * 4 - top, j = rest % tileColumns * 4 - left;
    const from = x + image * ((first + t) / (tileRows * tileColumns)) + row * i + pixel * j, to = planes + pixel * t;
    if (i >= 0 && j >= 0 && i + 6 <= inHeight && j + 6 <= inWidth) inputTile(from, to, row, pixel, plane, inChannels, spare);
    else edgeInputTile(from, to, row, pixel, plane, -i, inHeight - i, -j, inWidth - j, zeros, inChannels, spare);
  }
}

/** Where row R of tiles begins, over all images one after the other. */
// @ts-ignore: decorator
@inline
function tileRowAt(y: usize, row: i32, tileRows: i32, yRow: usize, yImage: usize): usize {
  return y + yImage * (row / tileRows) + yRow * (row % tileRows * 4);
}

/**
 * y[image][HEIGHT][WIDTH][out] = bias + the convolution of x[image][IN_HEIGHT][IN_WIDTH][in], with TOP and LEFT zeros before
 * it and as many behind it as it takes. The input gradient is the same, of the output gradient.
 *
 * No output is less than `least`. Of the output, `channels` channels from y on, for which `packed` has the weights. If `transformed`, the input planes have
 * the transform of all tiles from the call before: then they must fit one block. If `adds`, y is added to what is there, and there is no `least`.
 */
export function winogradConvolve(g: usize, x: usize, packed: usize, bias: usize, y: usize, images: i32, channels: i32, least: f32, transformed: bool, adds: bool): void {
  const height = field(g, HEIGHT), width = field(g, WIDTH);
  const inChannels = field(g, IN_CHANNELS), block = field(g, TILE_BLOCK);
  const inputPlanes = <usize>field(g, INPUT_PLANES), outputPlanes = <usize>field(g, OUTPUT_PLANES), spare = <usize>field(g, SPARE);
  const tileRows = (height + 3) >> 2, tileColumns = (width + 3) >> 2, imageTiles = tileRows * tileColumns;
  const xPixel = <usize>inChannels << 2, pixel = <usize>channels << 2;
  const yPixel = <usize>field(g, OUT_CHANNELS) << 2, yRow = <usize>width * yPixel, yImage = <usize>height * yRow;
  const inputPlane = planeOf(block, inChannels), outputPlane = planeOf(block, channels), weightPlane = planeOf(inChannels, channels);
  const tiles = images * imageTiles;
  for (let first = 0; first < tiles; first += block) {
    const count = min(block, tiles - first);
    if (!transformed) inputTiles(g, x, first, count, false);
    for (let p: usize = 0; p < 36; p++) {
      const from = inputPlanes + inputPlane * p, to = outputPlanes + outputPlane * p, weights = packed + weightPlane * p;
      for (let k = 0; k < channels; ) {
        const lanes = panelLanes(k, channels);
        product(lanes, from, xPixel, weights + (<usize>(k * inChannels) << 2), to + (<usize>k << 2), pixel, count, inChannels);
        k += lanes;
      }
    }
    if (channels == field(g, OUT_CHANNELS)) {
      // The rows of tiles that begin in this block. Tile by tile the machine does not foresee what is written next, and would read it
      // from memory before it is written over: so they are filled in one go, which reads nothing, or read in one go, if they are needed.
      const begin = tileRowAt(y, (first + tileColumns - 1) / tileColumns, tileRows, yRow, yImage);
      const end = tileRowAt(y, (first + count + tileColumns - 1) / tileColumns, tileRows, yRow, yImage);
      if (adds) touch(begin, end - begin, LINE, spare);
      else memory.fill(begin, 0, end - begin);
    }
    for (let t = 0; t < count; t++) {
      const rest = (first + t) % imageTiles, row = rest / tileColumns * 4, column = rest % tileColumns * 4;
      const to = y + yImage * ((first + t) / imageTiles) + yRow * row + yPixel * column;
      const from = outputPlanes + pixel * t;
      const rows = min(4, height - row), columns = min(4, width - column);
      if (rows == 4 && columns == 4) {
        if (adds) addedOutputTile(from, to, outputPlane, yRow, yPixel, bias, channels, spare);
        else outputTile(from, to, outputPlane, yRow, yPixel, bias, least, channels, spare);
        continue;
      }
      // A tile that reaches over the edge: all of it to the side, and what is inside from there.
      const side = spare + SPARE_TILE;
      outputTile(from, side, outputPlane, 4 * pixel, pixel, bias, least, channels, spare);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          if (adds) addVectors(to + yRow * i + yPixel * j, side + pixel * (4 * i + j), pixel);
          else copyRow(to + yRow * i + yPixel * j, side + pixel * (4 * i + j), pixel);
        }
      }
    }
  }
}

/**
 * dw[3][3][in][out] += over one shard, its sum made first in the 36 planes and then transformed: overwrites dw.
 *
 * x is as {@link winogradConvolve} takes it, dy its output's gradient. `sums` holds 36 planes of register tiles:
 * [36][out/lanes][⌈in/6⌉][6][lanes].
 */
export function winogradWeightGradient(g: usize, x: usize, dy: usize, images: i32, sums: usize, dw: usize): void {
  const height = field(g, HEIGHT), width = field(g, WIDTH), zeros = <usize>field(g, ZEROS);
  const inChannels = field(g, IN_CHANNELS), outChannels = field(g, OUT_CHANNELS), block = field(g, TILE_BLOCK);
  const inputPlanes = <usize>field(g, INPUT_PLANES), outputPlanes = <usize>field(g, OUTPUT_PLANES), spare = <usize>field(g, SPARE);
  const tileRows = (height + 3) >> 2, tileColumns = (width + 3) >> 2, imageTiles = tileRows * tileColumns;
  const xPixel = <usize>inChannels << 2;
  const yPixel = <usize>outChannels << 2, yRow = <usize>width * yPixel, yImage = <usize>height * yRow;
  const inputPlane = planeOf(block, inChannels), outputPlane = planeOf(block, outChannels);
  const rowTiles = (inChannels + 5) / 6, tiles = images * imageTiles;
  const planeBytes = planeOf(rowTiles * 6, outChannels);
  if (tiles == 0) memory.fill(sums, 0, 36 * planeBytes);
  for (let first = 0; first < tiles; first += block) {
    const count = min(block, tiles - first);
    inputTiles(g, x, first, count, true);
    for (let t = 0; t < count; t++) {
      const rest = (first + t) % imageTiles, row = rest / tileColumns * 4, column = rest % tileColumns * 4;
      const from = dy + yImage * ((first + t) / imageTiles) + yRow * row + yPixel * column, to = outputPlanes + yPixel * t;
      if (row + 4 <= height && column + 4 <= width) gradientTile(from, to, yRow, yPixel, outputPlane, outChannels, spare);
      else edgeGradientTile(from, to, yRow, yPixel, outputPlane, 0, height - row, 0, width - column, zeros, outChannels, spare);
    }
    for (let p: usize = 0; p < 36; p++) {
      const a = inputPlanes + inputPlane * p, b = outputPlanes + outputPlane * p;
      for (let k = 0; k < outChannels; ) {
        const lanes = panelLanes(k, outChannels);
        let to = sums + planeBytes * p + (<usize>(rowTiles * 6 * k) << 2);
        for (let c = 0; c < rowTiles; c++, to += <usize>(6 * lanes) << 2) {
          // The first block starts the sums.
          outer(lanes, a + (<usize>(c * 6) << 2), b + (<usize>k << 2), first == 0 ? zeros : to, to, 0, count, 1, 1, xPixel, 0, 0, yPixel, 0, 0);
        }
        k += lanes;
      }
    }
  }
  const tapBytes = <usize>(inChannels * outChannels) << 2;
  for (let k = 0; k < outChannels; ) {
    const lanes = panelLanes(k, outChannels);
    for (let c = 0; c < inChannels; c++) {
      const from = sums + (<usize>(rowTiles * 6 * k + c * lanes) << 2);
      weightGradientTile(from, dw + (<usize>(c * outChannels + k) << 2), planeBytes, tapBytes, lanes, spare);
    }
    k += lanes;
  }
}
