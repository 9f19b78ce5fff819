import { copyLanes } from './lanes';
import { outer, outerPlanes, panelLanes } from './panels';
import { PANEL_WIDTH } from './tiles';
import { addVectors } from './vectors';
import {
  field, HEIGHT, IN_CHANNELS, IN_HEIGHT, IN_WIDTH, INPUT_PLANES, inputTiles, LEFT, OUT_CHANNELS, OUTPUT_PLANES, planeOf, SPARE, TILE_BLOCK, tilesOf,
  TOP, WIDTH, ZEROS,
} from './winograd';
import {
  addScaledWeightGradientTile, edgeGradientTile, edgeInputTile, edgeScaledGradientTile, gradientTile, inputTile, scaledGradientTile,
  scaledWeightGradientTile, weightGradientTile,
} from './winograd-tiles';

/** Rows of a register tile. */
const TILE_ROWS: i32 = 6;
/** A shard's record: int32 x, dy, images, merges after this leaf of the tree. */
const RECORD: usize = 16;
/** Input channels whose planes lie together: whole register tiles, in eights. */
const BLOCK: i32 = 24;
/** Bytes of the output channels' planes, of all shards, that all input channels go over before the next: they stay in the second cache. */
const GROUP_BYTES: i32 = 327680;
/** A plane of a register tile's sums, and the nine taps that come of 36 of them. */
const SUMS_FLOATS: i32 = TILE_ROWS * PANEL_WIDTH;
const SUMS_PLANE: usize = SUMS_FLOATS << 2;
const TAPS_BYTES: usize = 9 * SUMS_PLANE;

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

/** Transforms the images of a shard to its part of a[in/24][shards][36][tiles][24]; blocks of channels are blockBytes apart. */
function planesOfInput(g: usize, x: usize, images: i32, a: usize, blockBytes: usize): void {
  const inChannels = field(g, IN_CHANNELS), inHeight = field(g, IN_HEIGHT), inWidth = field(g, IN_WIDTH);
  const spare = <usize>field(g, SPARE), zeros = <usize>field(g, ZEROS), top = field(g, TOP), left = field(g, LEFT);
  const tileRows = (field(g, HEIGHT) + 3) >> 2, tileColumns = (field(g, WIDTH) + 3) >> 2;
  const pixel = <usize>inChannels << 2, row = pixel * inWidth, plane = <usize>(images * tileRows * tileColumns * BLOCK) << 2;
  for (let n = 0; n < images; n++, x += row * inHeight) {
    for (let i = -top; i < 4 * tileRows - top; i += 4) {
      for (let j = -left; j < 4 * tileColumns - left; j += 4, a += BLOCK << 2) {
        let from = x + row * i + pixel * j, to = a;
        const inside = i >= 0 && j >= 0 && i + 6 <= inHeight && j + 6 <= inWidth;
        for (let c = 0; c < inChannels; c += BLOCK, from += BLOCK << 2, to += blockBytes) {
          const channels = min(BLOCK, inChannels - c);
          if (inside) inputTile(from, to, row, pixel, plane, channels, spare);
          else edgeInputTile(from, to, row, pixel, plane, -i, inHeight - i, -j, inWidth - j, zeros, channels, spare);
        }
      }
    }
  }
}

/** Likewise to b[out/lanes][shards][36][tiles][lanes], of `total` tiles, of which `before` are those of the shards before. */
function planesOfGradient(g: usize, dy: usize, images: i32, b: usize, total: i32, before: i32): void {
  const outChannels = field(g, OUT_CHANNELS), height = field(g, HEIGHT), width = field(g, WIDTH);
  const spare = <usize>field(g, SPARE), zeros = <usize>field(g, ZEROS), tiles = images * tilesOf(g);
  const pixel = <usize>outChannels << 2, row = pixel * width;
  let tile = 0;
  for (let n = 0; n < images; n++, dy += row * height) {
    for (let i = 0; i < height; i += 4) {
      for (let j = 0; j < width; j += 4, tile++) {
        for (let k = 0; k < outChannels; ) {
          const lanes = panelLanes(k, outChannels), plane = <usize>(tiles * lanes) << 2;
          const from = dy + row * i + pixel * j + (<usize>k << 2), to = b + (<usize>(36 * (total * k + before * lanes) + tile * lanes) << 2);
          if (i + 4 <= height && j + 4 <= width) scaledGradientTile(from, to, row, pixel, plane, lanes, spare);
          else edgeScaledGradientTile(from, to, row, pixel, plane, 0, height - i, 0, width - j, zeros, lanes, spare);
          k += lanes;
        }
      }
    }
  }
}

/**
 * dw[3][3][in][out] = the sum over a subtree of one shard or more, in the order of the tree: what {@link winogradWeightGradient} computes, but for
 * roundings, where the weights are many beside the tiles. The planes of all shards are made first. Then each register tile has its 36
 * planes of sums, its taps, and their sum over the shards in the first cache: only that is stored.
 *
 * `records` as in convolution.ts. x and dy as above. Scratch: `a` and `b` for the planes of all shards' tiles, 36·⌈in/24⌉·24 and 36·out floats a tile;
 * `stack` for 36 planes of a register tile and for the taps of as many as the tree has on its stack, and one more.
 */
export function winogradWeightGradientByRegisterTile(g: usize, records: usize, shards: i32, a: usize, b: usize, stack: usize, dw: usize): void {
  const inChannels = field(g, IN_CHANNELS), outChannels = field(g, OUT_CHANNELS), imageTiles = tilesOf(g);
  let total = 0;
  for (let s = 0; s < shards; s++) total += load<i32>(records + RECORD * s, 8) * imageTiles;
  const blockBytes = <usize>(36 * BLOCK * total) << 2;
  for (let s = 0, before = 0; s < shards; s++) {
    const record = records + RECORD * s, images = load<i32>(record, 8);
    planesOfInput(g, <usize>load<i32>(record), images, a + (<usize>(36 * BLOCK * before) << 2), blockBytes);
    planesOfGradient(g, <usize>load<i32>(record, 4), images, b, total, before);
    before += images * imageTiles;
  }
  const spare = <usize>field(g, SPARE), sums = stack, bottom = stack + 36 * SUMS_PLANE, tap = <usize>(inChannels * outChannels) << 2;
  const group = max(1, GROUP_BYTES / max(1, 36 * 64 * total)) * 16;
  for (let firstOut = 0; firstOut < outChannels; firstOut += group) {
    const endOut = min(outChannels, firstOut + group);
    for (let c = 0; c < inChannels; c += TILE_ROWS) {
      const used = min(TILE_ROWS, inChannels - c), from = a + blockBytes * (c / BLOCK) + (<usize>(c % BLOCK) << 2);
      for (let k = firstOut; k < endOut; ) {
        const lanes = panelLanes(k, outChannels);
        let top = bottom, ai = from, bi = b + (<usize>(36 * total * k) << 2);
        for (let record = records; record < records + RECORD * shards; record += RECORD) {
          const tiles = load<i32>(record, 8) * imageTiles;
          let merges = load<i32>(record, 12);
          outerPlanes(lanes, ai, bi, sums, tiles, BLOCK << 2);
          ai += <usize>(36 * BLOCK * tiles) << 2;
          bi += <usize>(36 * lanes * tiles) << 2;
          if (merges > 0) {
            merges--;
            addScaledWeightGradientTile(sums, top - TAPS_BYTES, SUMS_PLANE, SUMS_PLANE, SUMS_FLOATS, spare);
          } else {
            scaledWeightGradientTile(sums, top, SUMS_PLANE, SUMS_PLANE, SUMS_FLOATS, spare);
            top += TAPS_BYTES;
          }
          for (; merges > 0; merges--) {
            top -= TAPS_BYTES;
            addVectors(top - TAPS_BYTES, top, TAPS_BYTES);
          }
        }
        for (let t: usize = 0; t < 9; t++) {
          for (let r = 0; r < used; r++) {
            const to = dw + tap * t + (<usize>((c + r) * outChannels + k) << 2);
            copyLanes(to, bottom + SUMS_PLANE * t + SUMS_PLANE / TILE_ROWS * r, lanes);
          }
        }
        k += lanes;
      }
    }
  }
}
