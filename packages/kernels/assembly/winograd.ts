import { panelLanes, product } from './panels';
import { addVectors, copyRow, LINE, touch, touchTaps, transpose4x4 } from './vectors';
import { addedOutputTile, edgeInputTile, inputTile, outputTile, weightTile } from './winograd-tiles';

/**
 * Winograd's convolution F(4×4, 3×3): 3×3 taps, stride 1, channels in multiples of 8. A quarter of the multiplications of the
 * direct one, at about 1e-5 of relative error; see scripts/winograd.ts for the matrices.
 *
 * Tiles of 4×4 output pixels are taken in blocks whose 36 planes stay in the cache: transform the input, one matrix product
 * a plane, transform the result. What a tile gives does not depend on the others, so block sizes change no bits.
 */

// The record of a convolution; src/ops/winograd.ts holds the same list. Int32 each.
export const HEIGHT: usize = 0; // of the output
export const WIDTH: usize = 4;
export const IN_CHANNELS: usize = 8;
export const OUT_CHANNELS: usize = 12;
export const TILE_BLOCK: usize = 16; // tiles of a block
export const INPUT_PLANES: usize = 20; // scratch: float32 [36][TILE_BLOCK][IN_CHANNELS]
export const OUTPUT_PLANES: usize = 24; // scratch: float32 [36][TILE_BLOCK][OUT_CHANNELS]
export const SPARE: usize = 28; // scratch: 6×6×8 floats, then a tile of 4×4 pixels of the output
export const ZEROS: usize = 32; // of six pixels, of input or output, or of a register tile
export const IN_HEIGHT: usize = 36;
export const IN_WIDTH: usize = 40;
export const TOP: usize = 44; // rows and columns of zeros before the input's
export const LEFT: usize = 48;
const SLICE: usize = 52; // output and input channels of a slice of weights that are packed within a call
const SLICE_DEPTH: usize = 56;

const TILE_SPARE: usize = 6 * 6 * 8 * 4;

// @ts-ignore: decorator
@inline
export function field(g: usize, offset: usize): i32 {
  return load<i32>(g + offset);
}

/**
 * Bytes from a plane to the next: a line more than it has. A tile is transformed from or to a line of each of the 36 planes,
 * and planes a multiple of 4096 bytes apart would have all their lines in one set of the first cache, which has fewer places.
 */
// @ts-ignore: decorator
@inline
export function planeOf(rows: i32, channels: i32): usize {
  return <usize>(rows * channels + 16) << 2;
}

/** Output channels of an input gradient's weights that are turned at a time: with the lanes of a panel they stay in the first cache. */
const TURNED: i32 = 32;

/**
 * weights[3][3][in][out], of which `depth` input and `channels` output channels from w on, to packed[36][channels/lanes][depth][lanes].
 * `spare`: scratch for a tile.
 */
export function winogradPackForward(w: usize, packed: usize, inChannels: i32, outChannels: i32, depth: i32, channels: i32, spare: usize): void {
  const tapBytes = <usize>(inChannels * outChannels) << 2, plane = planeOf(depth, channels);
  for (let c = 0; c < depth; c++, w += <usize>outChannels << 2) {
    for (let k = 0; k < channels; ) {
      const lanes = panelLanes(k, channels);
      weightTile(w + (<usize>k << 2), packed + (<usize>(k * depth + c * lanes) << 2), tapBytes, plane, lanes, spare);
      k += lanes;
    }
  }
}

/**
 * weights[3][3][in][out], turned by half a turn, of which `channels` input and `depth` output channels from w on, to
 * packed[36][channels/lanes][depth][lanes]. `spare`: scratch for a tile, then 9·16·TURNED floats.
 */
export function winogradPackTransposed(w: usize, packed: usize, inChannels: i32, outChannels: i32, depth: i32, channels: i32, spare: usize): void {
  const row = <usize>outChannels << 2, tapBytes = row * inChannels, plane = planeOf(depth, channels), turned = spare + TILE_SPARE;
  for (let c = 0; c < channels; ) {
    const lanes = panelLanes(c, channels), lanesBytes = <usize>lanes << 2;
    for (let k = 0; k < depth; k += TURNED) {
      const count = min(TURNED, depth - k), turnedTap = lanesBytes * count;
      for (let tap = 0; tap < 9; tap++) {
        const from = w + tapBytes * (8 - tap) + row * c + (<usize>k << 2), to = turned + turnedTap * tap;
        for (let i = 0; i < count; i += 4) {
          for (let l = 0; l < lanes; l += 4) transpose4x4(from + row * l + (<usize>i << 2), row, to + lanesBytes * i + (<usize>l << 2), lanesBytes);
        }
      }
      let to = packed + (<usize>(c * depth + k * lanes) << 2);
      for (let from = turned; from < turned + turnedTap; from += lanesBytes, to += lanesBytes) weightTile(from, to, turnedTap, plane, lanes, spare);
    }
    c += lanes;
  }
}

/** Transforms tiles [first, first + count) of x, which has zeros around it and may be far from the cache, to the input planes. */
export function inputTiles(g: usize, x: usize, first: i32, count: i32, far: bool): void {
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

/** Of each plane, to[count][channels] = (`more`: +=) from[count][depth, of rows of xPixel bytes] · the packed weights. */
// @ts-ignore: decorator
@inline
function products(g: usize, from: usize, inputPlane: usize, xPixel: usize, packed: usize, count: i32, depth: i32, channels: i32, more: bool): void {
  const pixel = <usize>channels << 2, outputPlane = planeOf(field(g, TILE_BLOCK), channels), weightPlane = planeOf(depth, channels);
  let to = <usize>field(g, OUTPUT_PLANES);
  for (let p = 0; p < 36; p++, from += inputPlane, to += outputPlane, packed += weightPlane) {
    for (let k = 0; k < channels; ) {
      const lanes = panelLanes(k, channels);
      product(lanes, from, xPixel, packed + (<usize>(k * depth) << 2), to + (<usize>k << 2), pixel, count, depth, more);
      k += lanes;
    }
  }
}

/** Transforms tiles [first, first + count) of the output planes to `channels` channels of y from there on, or `adds` them to it; then there is no `least`. */
function outputTiles(g: usize, bias: usize, y: usize, first: i32, count: i32, channels: i32, least: f32, adds: bool): void {
  const height = field(g, HEIGHT), width = field(g, WIDTH);
  const outputPlanes = <usize>field(g, OUTPUT_PLANES), spare = <usize>field(g, SPARE);
  const tileRows = (height + 3) >> 2, tileColumns = (width + 3) >> 2, imageTiles = tileRows * tileColumns;
  const pixel = <usize>channels << 2, plane = planeOf(field(g, TILE_BLOCK), channels);
  const yPixel = <usize>field(g, OUT_CHANNELS) << 2, yRow = <usize>width * yPixel, yImage = <usize>height * yRow;
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
      if (adds) addedOutputTile(from, to, plane, yRow, yPixel, bias, channels, spare);
      else outputTile(from, to, plane, yRow, yPixel, bias, least, channels, spare);
      continue;
    }
    // A tile that reaches over the edge: all of it to the side, and what is inside from there.
    const side = spare + TILE_SPARE;
    outputTile(from, side, plane, 4 * pixel, pixel, bias, least, channels, spare);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        if (adds) addVectors(to + yRow * i + yPixel * j, side + pixel * (4 * i + j), pixel);
        else copyRow(to + yRow * i + yPixel * j, side + pixel * (4 * i + j), pixel);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
export function tilesOf(g: usize): i32 {
  return ((field(g, HEIGHT) + 3) >> 2) * ((field(g, WIDTH) + 3) >> 2);
}

/**
 * y[image][HEIGHT][WIDTH][out] = bias + the convolution of x[image][IN_HEIGHT][IN_WIDTH][in], with TOP and LEFT zeros before
 * it and as many behind it as it takes, but not less than `least`. The input gradient is the same, of the output gradient.
 * If `adds`, y is added to what is there, and there is no `least`.
 */
export function winogradConvolve(g: usize, x: usize, packed: usize, bias: usize, y: usize, images: i32, least: f32, adds: bool): void {
  const inChannels = field(g, IN_CHANNELS), outChannels = field(g, OUT_CHANNELS), block = field(g, TILE_BLOCK);
  const inputPlanes = <usize>field(g, INPUT_PLANES), tiles = images * tilesOf(g);
  for (let first = 0; first < tiles; first += block) {
    const count = min(block, tiles - first);
    inputTiles(g, x, first, count, false);
    products(g, inputPlanes, planeOf(block, inChannels), <usize>inChannels << 2, packed, count, inChannels, outChannels, false);
    outputTiles(g, bias, y, first, count, outChannels, least, adds);
  }
}

/**
 * {@link winogradConvolve} of weights that have not been packed, those of a forward pass or, `turned`, of an input gradient. They are packed
 * within, for each block of tiles, in slices of SLICE output and SLICE_DEPTH input channels: so their 36 planes, four times as large as
 * they are, never leave the second cache.
 */
export function winogradConvolveUnpacked(g: usize, x: usize, w: usize, turned: bool, packed: usize, bias: usize, y: usize, images: i32, least: f32, adds: bool): void {
  const inChannels = field(g, IN_CHANNELS), outChannels = field(g, OUT_CHANNELS), block = field(g, TILE_BLOCK);
  const slice = field(g, SLICE), sliceDepth = field(g, SLICE_DEPTH), spare = <usize>field(g, SPARE);
  const inputPlanes = <usize>field(g, INPUT_PLANES), xPixel = <usize>inChannels << 2, tiles = images * tilesOf(g);
  for (let first = 0; first < tiles; first += block) {
    const count = min(block, tiles - first);
    inputTiles(g, x, first, count, false);
    for (let k = 0; k < outChannels; k += slice) {
      const channels = min(slice, outChannels - k);
      for (let c = 0; c < inChannels; c += sliceDepth) {
        const depth = min(sliceDepth, inChannels - c);
        if (turned) {
          const from = w + (<usize>(k * inChannels + c) << 2);
          touchTaps(from, channels, xPixel, <usize>depth << 2, xPixel * outChannels, packed);
          winogradPackTransposed(from, packed, outChannels, inChannels, depth, channels, spare);
        } else {
          const from = w + (<usize>(c * outChannels + k) << 2), row = <usize>outChannels << 2;
          touchTaps(from, depth, row, <usize>channels << 2, row * inChannels, packed);
          winogradPackForward(from, packed, inChannels, outChannels, depth, channels, spare);
        }
        products(g, inputPlanes + (<usize>c << 2), planeOf(block, inChannels), xPixel, packed, count, depth, channels, c > 0);
      }
      outputTiles(g, bias + (<usize>k << 2), y + (<usize>k << 2), first, count, channels, least, adds);
    }
  }
}
