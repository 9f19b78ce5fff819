/**
 * Writes the register tiles in AssemblyScript: six rows by 4, 8 or 16 lanes, every accumulator a local of its own. The
 * language has no macros, and a loop over accumulators in memory would not stay in registers.
 *
 * Six kinds, from which every convolution and matrix product is made:
 *
 * - `panel`: six output pixels by one panel of output channels. Walks the taps and input channels of each pixel, loads a
 *   vector of packed weights and broadcasts one input value a pixel.
 * - `product`: the same for one tap and rows that follow each other: a matrix product, also added to what is there.
 * - `outer`: six input values by one panel of output channels, summed over pixels: a weight gradient. Nothing is packed.
 * - `outerShards`: the same for few pixels, which were brought together, over all shards of a subtree.
 * - `outerPlanes`: the same for few pixels, in each of Winograd's planes.
 * - `dots`: six rows by one or two, along which the lanes lie: an input gradient of weights that are not packed.
 *
 * A tile of 6×8 floats is twelve accumulators of 128 bits and fits the sixteen registers of SSE; 6×16 is written as
 * pairs of neighbouring vectors, which V8's revectoriser turns into twelve accumulators of 256 bits. Each output is summed
 * in the same order in every width, so that the widths agree to the bit.
 *
 * The revectoriser packs two vectors only if both come from the same basic block: hence no branch a vector (the bias is
 * always loaded, a partial panel is stored to scratch memory first).
 */

import { stored } from './stored.ts';

const rows = 6;
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const each = (count: number, text: (i: number) => string, separator = '\n'): string =>
  range(count).map(text).join(separator);

/** One multiply-add step: `vectors` loads of `b`, one broadcast a row, and their products. */
function step(vectors: number, broadcast: (row: number) => string): string {
  const load = each(vectors, (v) => `const b${v} = v128.load(b, ${16 * v});`, ' ');
  const multiply = each(rows, (r) => {
    const madds = each(vectors, (v) => `c${r}_${v} = madd(x${r}, b${v}, c${r}_${v});`, ' ');
    return `const x${r} = ${broadcast(r)}; ${madds}`;
  });
  return `${load}\n${multiply}`;
}

const accumulators = (vectors: number, value: (row: number, vector: number) => string): string =>
  each(rows, (r) => each(vectors, (v) => `let c${r}_${v} = ${value(r, v)};`, ' '));

function panelTile(vectors: number): string {
  const lanes = 4 * vectors;
  return `
/** ${rows}x${lanes}: see convolution.ts for the geometry g and the walk. */
export function panel${lanes}(g: usize, x: usize, b0: usize, bias: usize, y: usize, column: i32, row: i32, pixels: i32, lanes: i32, least: f32): void {
  const outputWidth = load<i32>(g, OUTPUT_WIDTH), outputHeight = load<i32>(g, OUTPUT_HEIGHT);
  const xPixel = <usize>load<i32>(g, X_PIXEL), xRow = <usize>load<i32>(g, X_ROW_JUMP), xImage = <usize>load<i32>(g, X_IMAGE_JUMP);
  const yPixel = <usize>load<i32>(g, Y_PIXEL), yRow = <usize>load<i32>(g, Y_ROW_JUMP), yImage = <usize>load<i32>(g, Y_IMAGE_JUMP);
  const tapRows = load<i32>(g, TAP_ROWS), tapRowStep = <usize>load<i32>(g, TAP_ROW_STEP);
  const tapColumns = load<i32>(g, TAP_COLUMNS), tapColumnStep = <usize>load<i32>(g, TAP_COLUMN_STEP);
  const run = <usize>load<i32>(g, RUN), spare = <usize>load<i32>(g, SPARE);
  const bRow = <usize>load<i32>(g, WEIGHT_ROW_JUMP) * ${4 * lanes};
  const full = lanes == ${lanes}, floor = f32x4.splat(least);
  while (pixels > 0) {
    ${each(
      rows,
      (r) => `const p${r} = x, y${r} = y;
    if (pixels > 1) {
      pixels--; x += xPixel; y += yPixel;
      if (++column == outputWidth) {
        column = 0; x += xRow; y += yRow;
        if (++row == outputHeight) { row = 0; x += xImage; y += yImage; }
      }
    }${r === rows - 1 ? ' else pixels = 0; // the rows past the last pixel repeated it' : ''}`,
    )}
    ${accumulators(vectors, (_, v) => `v128.load(bias, ${16 * v})`)}
    let b = b0, tapRow: usize = 0;
    for (let i = 0; i < tapRows; i++) {
      let tap = tapRow;
      for (let j = 0; j < tapColumns; j++) {
        ${each(rows, (r) => `let a${r} = p${r} + tap;`, ' ')}
        const end = a0 + run;
        while (a0 < end) {
          ${step(vectors, (r) => `v128.load32_splat(a${r})`)}
          ${each(rows, (r) => `a${r} += 4;`, ' ')} b += ${4 * lanes};
        }
        tap += tapColumnStep;
      }
      tapRow += tapRowStep;
      b += bRow;
    }
    ${each(rows, (r) => `const o${r} = full ? y${r} : spare + ${64 * r};`, ' ')}
    ${each(rows, (r) =>
      stored(vectors)
        .map((v) => `v128.store(o${r}, f32x4.pmax(c${r}_${v}, floor), ${16 * v});`)
        .join(' '),
    )}
    if (!full) {
      ${each(rows, (r) => `copyLanes(y${r}, o${r}, lanes);`, ' ')}
    }
  }
}
`;
}

const productTile =
  (added: boolean) =>
  (vectors: number): string => {
    const lanes = 4 * vectors;
    const name = `${added ? 'addProduct' : 'product'}${lanes}`;
    const start = (r: number, v: number) => (added ? `v128.load(y + ${r} * yRow, ${16 * v})` : 'f32x4.splat(0)');
    return `
/** ${rows}x${lanes}: y[rows][${lanes}] ${added ? '+=' : '='} x[rows][depth] · b[depth][${lanes}]; whole tiles, so that rows up to a multiple of ${rows} are read and written. */
export function ${name}(x: usize, xRow: usize, b0: usize, y: usize, yRow: usize, rows: i32, depth: i32): void {
  const run = <usize>depth << 2;
  for (; rows > 0; rows -= ${rows}) {
    ${each(rows, (r) => `let a${r} = x + ${r} * xRow;`, ' ')}
    ${accumulators(vectors, start)}
    let b = b0;
    const end = a0 + run;
    while (a0 < end) {
      ${step(vectors, (r) => `v128.load32_splat(a${r})`)}
      ${each(rows, (r) => `a${r} += 4;`, ' ')} b += ${4 * lanes};
    }
    ${each(rows, (r) =>
      stored(vectors)
        .map((v) => `v128.store(y + ${r} * yRow, c${r}_${v}, ${16 * v});`)
        .join(' '),
    )}
    x += ${rows} * xRow; y += ${rows} * yRow;
  }
}
`;
  };

function outerTile(vectors: number): string {
  const lanes = 4 * vectors;
  const at = (row: number, vector: number): number => 4 * lanes * row + 16 * vector;
  return `
/**
 * ${rows}x${lanes}: to[${rows}][${lanes}] = from + the sum over pixels of a[${rows}] times b[${lanes}]; or, given an addend, addend + that.
 */
export function outer${lanes}(a: usize, b: usize, from: usize, to: usize, addend: usize, columns: i32, rows: i32, images: i32, aPixel: usize, aRow: usize, aImage: usize, bPixel: usize, bRow: usize, bImage: usize): void {
  ${accumulators(vectors, (r, v) => `v128.load(from, ${at(r, v)})`)}
  const bytes = bPixel * <usize>columns;
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < rows; i++) {
      const end = b + bytes;
      while (b < end) {
        ${step(vectors, (r) => `v128.load32_splat(a, ${4 * r})`)}
        a += aPixel; b += bPixel;
      }
      a += aRow; b += bRow;
    }
    a += aImage; b += bImage;
  }
  if (addend) {
    ${each(rows, (r) => each(vectors, (v) => `c${r}_${v} = f32x4.add(v128.load(addend, ${at(r, v)}), c${r}_${v});`, ' '))}
  }
  ${each(rows, (r) =>
    stored(vectors)
      .map((v) => `v128.store(to, c${r}_${v}, ${at(r, v)});`)
      .join(' '),
  )}
}
`;
}

function outerShardsTile(vectors: number): string {
  const lanes = 4 * vectors;
  const at = (row: number, vector: number): number => 4 * lanes * row + 16 * vector;
  return `
/**
 * ${rows}x${lanes}: to[${rows}][${lanes}] = the sum over shards, in the order of their tree, of the sums over their pairs of a[pair][${rows}] times
 * b[pair][${lanes}]; see listed-weight-gradient.ts for the records. Rows of \`to\` are toRow bytes apart.
 */
export function outerShards${lanes}(records: usize, shards: i32, a: usize, b: usize, imagePairs: i32, stack: usize, to: usize, toRow: usize): void {
  let top = stack;
  const end = records + RECORD * shards;
  for (; records < end; records += RECORD) {
    const last = b + <usize>(load<i32>(records, 8) * imagePairs) * ${4 * lanes};
    ${accumulators(vectors, () => 'f32x4.splat(0)')}
    while (b < last) {
      ${step(vectors, (r) => `v128.load32_splat(a, ${4 * r})`)}
      a += ${4 * rows}; b += ${4 * lanes};
    }
    for (let merges = load<i32>(records, 12); merges > 0; merges--) {
      top -= ${4 * lanes * rows};
      ${each(rows, (r) => each(vectors, (v) => `c${r}_${v} = f32x4.add(v128.load(top, ${at(r, v)}), c${r}_${v});`, ' '))}
    }
    const root = records + RECORD == end, o = root ? to : top, row = root ? toRow : ${4 * lanes};
    ${each(rows, (r) =>
      stored(vectors)
        .map((v) => `v128.store(o + ${r} * row, c${r}_${v}, ${16 * v});`)
        .join(' '),
    )}
    top += ${4 * lanes * rows};
  }
}
`;
}

const outerPlanesTile =
  (panelWidth: number) =>
  (vectors: number): string => {
    const lanes = 4 * vectors;
    return `
/** ${rows}x${lanes}: to[36][${rows}][PANEL_WIDTH], of which ${lanes} lanes, = the sums over \`count\` pixels of a[36][count][${rows}], of aPixel bytes a pixel, times b[36][count][${lanes}]. */
export function outerPlanes${lanes}(a: usize, b: usize, to: usize, count: i32, aPixel: usize): void {
  const bytes = <usize>count * ${4 * lanes};
  for (const last = to + ${36 * rows * panelWidth * 4}; to < last; to += ${rows * panelWidth * 4}) {
    ${accumulators(vectors, () => 'f32x4.splat(0)')}
    const end = b + bytes;
    while (b < end) {
      ${step(vectors, (r) => `v128.load32_splat(a, ${4 * r})`)}
      a += aPixel; b += ${4 * lanes};
    }
    ${each(rows, (r) =>
      stored(vectors)
        .map((v) => `v128.store(to, c${r}_${v}, ${4 * panelWidth * r + 16 * v});`)
        .join(' '),
    )}
  }
}
`;
  };

/** Vectors of the lanes that an inner product is summed in: as many in every width. */
const dotVectors = 2;

function dotsTile(panelWidth: number): string {
  const columns = panelWidth / (4 * dotVectors);
  const sums = (text: (row: number, column: number, vector: number) => string, order = range(dotVectors)): string =>
    each(rows, (r) => each(columns, (c) => order.map((v) => text(r, c, v)).join(' '), ' '));
  const loads = (to: string, from: string): string =>
    each(dotVectors, (v) => `const ${to}_${v} = v128.load(${from}, ${16 * v});`, ' ');
  const names = each(rows, (r) => `a${r}: usize`, ', ');
  return `
/** Columns of {@link dots}. */
export const DOT_COLUMNS: i32 = ${columns};
/** to[${rows}][DOT_COLUMNS][${4 * dotVectors}] = the products of ${rows} rows a with DOT_COLUMNS rows b, of \`depth\` floats (in eights), each summed in ${4 * dotVectors} lanes; rows of \`to\` are toRow bytes apart. */
export function dots(${names}, b0: usize, bRow: usize, depth: i32, to: usize, toRow: usize): void {
  ${sums((r, c, v) => `let c${r}_${c}_${v} = f32x4.splat(0);`)}
  ${each(columns - 1, (c) => `let b${c + 1} = b${c} + bRow;`, ' ')}
  const end = b0 + (<usize>depth << 2);
  while (b0 < end) {
    ${each(columns, (c) => loads(`w${c}`, `b${c}`))}
    ${each(rows, (r) => `${loads(`x${r}`, `a${r}`)} ${each(columns, (c) => each(dotVectors, (v) => `c${r}_${c}_${v} = madd(x${r}_${v}, w${c}_${v}, c${r}_${c}_${v});`, ' '), ' ')}`)}
    ${each(rows, (r) => `a${r} += ${16 * dotVectors};`, ' ')} ${each(columns, (c) => `b${c} += ${16 * dotVectors};`, ' ')}
  }
  ${sums((r, c, v) => `v128.store(to + ${r} * toRow, c${r}_${c}_${v}, ${16 * (dotVectors * c + v)});`, stored(dotVectors))}
}
`;
}

/** The source of `assembly/tiles.ts` for a build whose widest panel has `panelWidth` lanes. */
export function tilesSource(panelWidth: 8 | 16): string {
  const widths = panelWidth === 16 ? [4, 2, 1] : [2, 1];
  const fallback =
    panelWidth === 16
      ? ''
      : `
export function panel16(g: usize, x: usize, b0: usize, bias: usize, y: usize, column: i32, row: i32, pixels: i32, lanes: i32, least: f32): void { unreachable(); }
export function outer16(a: usize, b: usize, from: usize, to: usize, addend: usize, columns: i32, rows: i32, images: i32, aPixel: usize, aRow: usize, aImage: usize, bPixel: usize, bRow: usize, bImage: usize): void { unreachable(); }
export function outerShards16(records: usize, shards: i32, a: usize, b: usize, imagePairs: i32, stack: usize, to: usize, toRow: usize): void { unreachable(); }
export function outerPlanes16(a: usize, b: usize, to: usize, count: i32, aPixel: usize): void { unreachable(); }
export function product16(x: usize, xRow: usize, b0: usize, y: usize, yRow: usize, rows: i32, depth: i32): void { unreachable(); }
export function addProduct16(x: usize, xRow: usize, b0: usize, y: usize, yRow: usize, rows: i32, depth: i32): void { unreachable(); }
`;
  return `// Written by scripts/tiles.ts.
import { copyLanes } from './lanes';
import { madd } from './madd';
import {
  OUTPUT_HEIGHT, OUTPUT_WIDTH, RUN, SPARE, TAP_COLUMN_STEP, TAP_COLUMNS, TAP_ROW_STEP, TAP_ROWS, WEIGHT_ROW_JUMP,
  X_IMAGE_JUMP, X_PIXEL, X_ROW_JUMP, Y_IMAGE_JUMP, Y_PIXEL, Y_ROW_JUMP,
} from './geometry';

export const PANEL_WIDTH: i32 = ${panelWidth};
/** Bytes of a shard's record: int32 x, dy, images, merges. */
const RECORD: usize = 16;
${[panelTile, productTile(false), productTile(true), outerTile, outerShardsTile].flatMap((tile) => widths.map(tile)).join('')}${widths
  .filter((vectors) => vectors > 1)
  .map(outerPlanesTile(panelWidth))
  .join('')}${dotsTile(panelWidth)}${fallback}`;
}
