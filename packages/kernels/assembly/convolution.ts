import { borderedRows, imageBytesOf } from './border';
import {
  BEGIN_COLUMN, BEGIN_ROW, END_COLUMN, END_ROW, OUTPUT_HEIGHT, OUTPUT_WIDTH, RUN, SPARE, SPARE_BYTES, TAP_COLUMNS, TAP_RECORD, TAP_ROWS, WEIGHT_START,
  X_IMAGE_JUMP, X_PIXEL, X_ROW_JUMP, Y_IMAGE_JUMP, Y_PIXEL, Y_ROW_JUMP,
} from './geometry';
import { copyLanes } from './lanes';
import { outer, panel, panelLanes } from './panels';
import { PANEL_WIDTH } from './tiles';
import { addVectors, copyRow, LINE, touch, transpose4x4 } from './vectors';

/** Rows of a register tile. */
const TILE_ROWS: i32 = 6;
/** Output pixels that go through all panels before the next: their input stays in the first cache, panels in the second. */
const BLOCK: i32 = 48;
/** Of so few values for so many channels there is little to compute, and much to write. */
const FEW_VALUES: i32 = 48;
const MANY_CHANNELS: i32 = 64;
/** Bytes of a tile of the weight gradient's sums; narrower ones leave some unused. */
const TILE_BYTES: usize = TILE_ROWS * PANEL_WIDTH << 2;
/** Tiles of a shard's sums that one pass over the pixels keeps: with the stack of the tree they stay in the second cache. */
const GROUP: i32 = 24576 / <i32>TILE_BYTES;

/** Widest panel of this build, in lanes. */
export function panelWidth(): i32 {
  return PANEL_WIDTH;
}

/**
 * y[image, row, column, k] = bias[k] + sum over the taps and channels of x times packed weights, but not less than `least`: 0 for a
 * ReLU, −∞ for none.
 *
 * The walk is the geometry's: forward, input gradient (a convolution of the padded output gradient), linear layer and
 * matrix product are this one function. `depth` is the number of values a pixel's taps have together.
 */
export function convolve(g: usize, x: usize, packed: usize, bias: usize, y: usize, images: i32, depth: i32, channels: i32, least: f32): void {
  const width = load<i32>(g, OUTPUT_WIDTH), height = load<i32>(g, OUTPUT_HEIGHT);
  const pixels = images * height * width, start = load<i32>(g, WEIGHT_START);
  const xPixel = load<i32>(g, X_PIXEL), xRow = xPixel * width + load<i32>(g, X_ROW_JUMP);
  const xImage = xRow * height + load<i32>(g, X_IMAGE_JUMP);
  const yPixel = load<i32>(g, Y_PIXEL), yRow = yPixel * width + load<i32>(g, Y_ROW_JUMP);
  const yImage = yRow * height + load<i32>(g, Y_IMAGE_JUMP);
  // One tap, of a stride that leaves lines between the pixels.
  const scattered = load<i32>(g, TAP_ROWS) * load<i32>(g, TAP_COLUMNS) == 1 && xPixel >= load<i32>(g, RUN) + <i32>LINE;
  // Panel by panel the machine does not foresee what is written next, and would read it from memory before it is written over: what lies
  // together, all pixels or a row, is filled in one go, which reads nothing. With more to compute the reading is behind the computing.
  const together = yRow == yPixel * width && yImage == yRow * height ? pixels : width;
  const fills = depth <= FEW_VALUES && channels >= MANY_CHANNELS && yPixel == channels << 2;
  const spare = <usize>load<i32>(g, SPARE);
  for (let first = 0; first < pixels; first += BLOCK) {
    const count = min(BLOCK, pixels - first);
    const image = first / (height * width), rest = first % (height * width);
    const row = rest / width, column = rest % width;
    const x0 = x + <usize>image * xImage + <usize>row * xRow + <usize>column * xPixel;
    const y0 = y + <usize>image * yImage + <usize>row * yRow + <usize>column * yPixel;
    if (fills) {
      for (let p = first; p < first + count; ) {
        const at = p % (height * width), n = min(together - p % together, first + count - p);
        memory.fill(y + <usize>(p / (height * width)) * yImage + <usize>(at / width) * yRow + <usize>(at % width) * yPixel, 0, n * yPixel);
        p += n;
      }
    }
    if (scattered) touch(x0, min(xPixel * count, xPixel * (width - column)), xPixel, spare);
    for (let k = 0; k < channels; ) {
      const lanes = panelLanes(k, channels), used = min(lanes, channels - k);
      const weights = packed + (<usize>(k * depth + start * lanes) << 2);
      const target = y0 + (<usize>k << 2);
      panel(lanes, g, x0, weights, bias + (<usize>k << 2), target, column, row, count, used, least);
      k += lanes;
    }
  }
}

/** w[depth][rowChannels], of which the first `channels`, to panels [channels/lanes][depth][lanes], the last filled with zeros. */
export function packWeights(w: usize, packed: usize, depth: i32, rowChannels: i32, channels: i32): void {
  const row = <usize>rowChannels << 2;
  let k = 0;
  // Four whole panels at a time: then a row's values that are read are neighbours.
  for (; k + 4 * PANEL_WIDTH <= channels; k += 4 * PANEL_WIDTH) {
    const bytes = <usize>PANEL_WIDTH << 2, panelBytes = bytes * depth;
    let from = w + (<usize>k << 2);
    for (let i = 0; i < depth; i++) {
      copyRow(packed, from, bytes);
      copyRow(packed + panelBytes, from + bytes, bytes);
      copyRow(packed + 2 * panelBytes, from + 2 * bytes, bytes);
      copyRow(packed + 3 * panelBytes, from + 3 * bytes, bytes);
      from += row;
      packed += bytes;
    }
    packed += 3 * panelBytes;
  }
  while (k < channels) {
    const lanes = panelLanes(k, channels), used = <usize>min(lanes, channels - k) << 2;
    let from = w + (<usize>k << 2);
    for (let i = 0; i < depth; i++) {
      copyRow(packed, from, used);
      if (used < <usize>lanes << 2) memory.fill(packed + used, 0, (<usize>lanes << 2) - used);
      from += row;
      packed += <usize>lanes << 2;
    }
    k += lanes;
  }
}

/**
 * The weights of one phase of the input gradient, as panels over the *input* channels:
 * packed[c/lanes][i][j][k][lanes] = w[tapRow(i)][tapColumn(j)][c][k], with tapRow(i) = lastRow - i * rowStep (the taps of the phase,
 * in reverse order), likewise the columns. Of the input channels, the first `channels`.
 */
export function packTransposed(w: usize, packed: usize, lastRow: i32, rowStep: i32, rows: i32, lastColumn: i32, columnStep: i32, columns: i32, kernelWidth: i32, inChannels: i32, outChannels: i32, channels: i32): void {
  for (let c = 0; c < channels; ) {
    const lanes = panelLanes(c, channels), used = min(lanes, channels - c);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const tap = (lastRow - i * rowStep) * kernelWidth + lastColumn - j * columnStep;
        const from = w + (<usize>((tap * inChannels + c) * outChannels) << 2);
        const row = <usize>lanes << 2, channelBytes = <usize>outChannels << 2;
        let k = 0;
        if (used == lanes) {
          for (; k + 4 <= outChannels; k += 4, packed += 4 * row) {
            for (let l = 0; l < lanes; l += 4) {
              transpose4x4(from + channelBytes * l + (<usize>k << 2), channelBytes, packed + (<usize>l << 2), row);
            }
          }
        }
        for (; k < outChannels; k++, packed += row) {
          for (let l = 0; l < used; l++) store<f32>(packed + (<usize>l << 2), load<f32>(from + channelBytes * l + (<usize>k << 2)));
          for (let l = used; l < lanes; l++) store<f32>(packed + (<usize>l << 2), 0);
        }
      }
    }
    c += lanes;
  }
}

/** One record a shard of {@link convolutionWeightGradient}: int32 x, dy, images, merges after this leaf of the tree. */
const RECORD: usize = 16;

/**
 * dw[tap][value][k] = sum over the pixels of a subtree of shards of x times dy, where the sums of the shards are combined in
 * the order of the tree before they are stored. No shards make zeros.
 *
 * `records` holds one record a shard of the subtree, `taps` one a tap; a tap has RUN bytes of input values. The walk is over images with
 * a border of zeros if there is the record `border` of one (border.ts); else each tap is over its own pixels. The tiles of all panels of
 * output channels are taken in groups whose sums fit the cache; each group goes over all pixels, block by block, so that a block of the
 * picture is read from the cache for every tile. A block is `blockRows` output rows of an image, or `blockImages` whole small images. A
 * shard's first block starts the sums, and its last adds them to those of the shard before, where the tree says so, while they are
 * in registers.
 */
export function convolutionWeightGradient(g: usize, taps: usize, tapCount: i32, border: usize, blockRows: i32, blockImages: i32, records: usize, shards: i32, dw: usize, channels: i32): void {
  const width = load<i32>(g, OUTPUT_WIDTH), height = load<i32>(g, OUTPUT_HEIGHT), run = load<i32>(g, RUN);
  const xPixel = <usize>load<i32>(g, X_PIXEL), xRow = xPixel * width + load<i32>(g, X_ROW_JUMP);
  const xImage = xRow * height + load<i32>(g, X_IMAGE_JUMP);
  const dyPixel = <usize>load<i32>(g, Y_PIXEL), dyRow = dyPixel * width, dyImage = dyRow * height;
  const imageBytes = border ? imageBytesOf(border) : xImage;
  // Pixels of a stride that are in no neighbouring lines.
  const scattered = tapCount == 1 && xPixel >= <usize>run + LINE;
  const zeros = <usize>load<i32>(g, SPARE), touched = zeros + SPARE_BYTES, stack = touched + LINE;
  memory.fill(zeros, 0, SPARE_BYTES);
  const rowValues = run >> 2, runTiles = (rowValues + TILE_ROWS - 1) / TILE_ROWS;
  const panelTiles = tapCount * runTiles, tiles = panelTiles * ((channels + PANEL_WIDTH - 1) / PANEL_WIDTH);
  for (let firstTile = 0; firstTile < tiles; firstTile += GROUP) {
    const count = min(GROUP, tiles - firstTile), sumsBytes = <usize>count * TILE_BYTES;
    let top = stack;
    if (shards == 0) memory.fill(stack, 0, sumsBytes);
    for (let s = 0; s < shards; s++) {
      const record = records + RECORD * <usize>s;
      const x = <usize>load<i32>(record), dy = <usize>load<i32>(record, 4);
      const images = load<i32>(record, 8);
      let merges = load<i32>(record, 12);
      if (images == 0) memory.fill(top, 0, sumsBytes);
      for (let image = 0; image < images; image += blockImages) {
        const n = min(blockImages, images - image);
        for (let row = 0; row < height; row += blockRows) {
          const end = min(row + blockRows, height);
          const first = image == 0 && row == 0, last = image + n == images && end == height;
          const from = x + <usize>image * imageBytes;
          const a = border ? borderedRows(border, from, n, row, end) : from, b = dy + <usize>image * dyImage;
          // Later groups find it in the cache. Who has one shard only has just made its gradient, and the machine foresees neighbouring lines.
          if (firstTile == 0) {
            if (scattered && n == 1) for (let i = row; i < end; i++) touch(a + xRow * i, xPixel * width, xPixel, touched);
            else if (!border && (shards > 1 || tapCount > 1)) touch(a + xRow * row, n > 1 ? xImage * n : xRow * (end - row), LINE, touched);
            if (shards > 1) touch(b + dyRow * row, n > 1 ? dyImage * n : dyRow * (end - row), LINE, touched);
          }
          let k = firstTile / panelTiles * PANEL_WIDTH, lanes = panelLanes(k, channels);
          let tap = taps + TAP_RECORD * <usize>(firstTile % panelTiles / runTiles), value = firstTile % runTiles;
          for (let t = 0; t < count; t++) {
            const firstRow = max(row, load<i32>(tap, BEGIN_ROW)), rows = max(0, min(end, load<i32>(tap, END_ROW)) - firstRow);
            const column = load<i32>(tap, BEGIN_COLUMN), columns = load<i32>(tap, END_COLUMN) - column;
            const at = a + load<i32>(tap) + xRow * firstRow + xPixel * column + <usize>(value * TILE_ROWS << 2);
            const sum = top + <usize>t * TILE_BYTES, merge = last && merges > 0;
            outer(
              lanes, at, b + dyRow * firstRow + dyPixel * column + (<usize>k << 2), first ? zeros : sum,
              merge ? sum - sumsBytes : sum, merge ? sum - sumsBytes : 0,
              columns, rows, n, xPixel, xRow - xPixel * columns, xImage - xRow * rows, dyPixel, dyRow - dyPixel * columns, dyImage - dyRow * rows,
            );
            if (++value == runTiles) {
              value = 0;
              tap += TAP_RECORD;
              if ((firstTile + t + 1) % panelTiles == 0) {
                tap = taps;
                k += PANEL_WIDTH;
                lanes = panelLanes(k, channels);
              }
            }
          }
        }
      }
      if (images > 0 && merges > 0) {
        merges--;
        top -= sumsBytes;
      }
      for (; merges > 0; merges--) {
        top -= sumsBytes;
        addVectors(top, top + sumsBytes, sumsBytes);
      }
      top += sumsBytes;
    }
    for (let t = 0; t < count; t++) {
      const k = (firstTile + t) / panelTiles * PANEL_WIDTH, lanes = panelLanes(k, channels), used = min(lanes, channels - k);
      const tile = (firstTile + t) % panelTiles, tap = tile / runTiles, value = tile % runTiles * TILE_ROWS;
      for (let r = 0; r < TILE_ROWS && value + r < rowValues; r++) {
        const to = dw + (<usize>((tap * rowValues + value + r) * channels + k) << 2);
        copyLanes(to, stack + <usize>t * TILE_BYTES + (<usize>(r * lanes) << 2), used);
      }
    }
  }
}

/** Bytes of scratch that a weight gradient needs at SPARE for a tree of the given stack depth. */
export function weightGradientScratchBytes(depth: i32): i32 {
  return <i32>(SPARE_BYTES + LINE) + (depth + 1) * GROUP * <i32>TILE_BYTES;
}

/** y[images][top + height + bottom][left + width + right][channels] = x with a border of zeros. */
export function pad(x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, top: i32, bottom: i32, left: i32, right: i32): void {
  const inner = <usize>(width * channels) << 2;
  const before = <usize>(left * channels) << 2, after = <usize>(right * channels) << 2;
  const row = before + inner + after;
  for (let n = 0; n < images; n++) {
    memory.fill(y, 0, row * top);
    y += row * top;
    for (let h = 0; h < height; h++) {
      memory.fill(y, 0, before);
      memory.copy(y + before, x, inner);
      memory.fill(y + before + inner, 0, after);
      x += inner;
      y += row;
    }
    memory.fill(y, 0, row * bottom);
    y += row * bottom;
  }
}
