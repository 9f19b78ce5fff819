/**
 * Writes the inner loops of a depthwise convolution in AssemblyScript. Channels are the lanes: eight are two vectors side by side, which
 * V8's revectoriser pairs, and some pixels or taps at a time share what is loaded.
 */

import { stored } from './stored.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const each = (count: number, text: (i: number) => string): string => range(count).map(text).join(' ');

/** The names of vectors that are `from` in memory, loaded. */
const loads = (vectors: number, name: string, from: string): string =>
  each(vectors, (v) => `const ${name}_${v} = v128.load(${from}, ${16 * v});`);

/** `sum` += `a` times `b`, vector by vector. */
const madds = (vectors: number, sum: string, a: string, b: string): string =>
  each(vectors, (v) => `${sum}_${v} = madd(${a}_${v}, ${b}_${v}, ${sum}_${v});`);

const stores = (vectors: number, to: string, value: (v: number) => string, offset = 0): string =>
  stored(vectors)
    .map((v) => `v128.store(${to}, ${value(v)}, ${offset + 16 * v});`)
    .join(' ');

/**
 * Some neighbouring output pixels of one row, for all channels: each loaded weight serves all of them; and with `columns`, of a stride
 * of 1 without dilation, each loaded input all taps of a row.
 */
function pixels(count: number, columns?: number): string {
  const vectors = 2;
  const row =
    columns === undefined
      ? `let from = a, weights = b;
      for (let j = 0; j < tapColumns; j++) {
        ${loads(vectors, 'w', 'weights')}
        let x0 = from;
        ${each(count, (p) => `${loads(vectors, `x${p}`, `x0`)} ${madds(vectors, `c${p}`, `x${p}`, 'w')} ${p < count - 1 ? 'x0 += xPixel;' : ''}`)}
        from += tapColumnStep;
        weights += weightStep;
      }`
      : `let from = a, weights = b;
      ${each(columns, (j) => `${loads(vectors, `w${j}`, 'weights')} ${j < columns - 1 ? 'weights += weightStep;' : ''}`)}
      ${each(count + columns - 1, (i) => `${loads(vectors, `x${i}`, 'from')} ${i < count + columns - 2 ? 'from += xPixel;' : ''}`)}
      ${each(columns, (j) => each(count, (p) => madds(vectors, `c${p}`, `x${p + j}`, `w${j}`)))}`;
  return `
/** ${count} output pixels${columns === undefined ? '' : ` of ${columns} taps a row, which are neighbours as the pixels are`}; the walk is the geometry's. */
export function depthwisePixels${count}${columns === undefined ? '' : `x${columns}`}(x: usize, w: usize, bias: usize, y: usize, tapRows: i32, tapRowStep: usize, ${columns === undefined ? 'tapColumns: i32, tapColumnStep: usize, ' : ''}weightStep: usize, weightRow: usize, xPixel: usize, yPixel: usize, least: f32): void {
  const floor = f32x4.splat(least), end = w + weightStep;
  for (; w < end; w += ${16 * vectors}, x += ${16 * vectors}, bias += ${16 * vectors}, y += ${16 * vectors}) {
    ${each(count, (p) => each(vectors, (v) => `let c${p}_${v} = v128.load(bias, ${16 * v});`))}
    let a = x, b = w;
    for (let i = 0; i < tapRows; i++) {
      ${row}
      a += tapRowStep;
      b += weightRow;
    }
    let to = y;
    ${each(count, (p) => `${stores(vectors, 'to', (v) => `f32x4.pmax(c${p}_${v}, floor)`)} ${p < count - 1 ? 'to += yPixel;' : ''}`)}
  }
}
`;
}

/**
 * Some neighbouring taps of one row, summed over the pixels of some rows: each loaded pair of gradients serves all of them. Where a tap is outside the
 * input, at either end of the row, it reads zeros.
 */
function taps(count: number): string {
  const step = (from: (k: number) => string): string => `const g0 = v128.load(dy), g1 = v128.load(dy, 16);
    ${each(count, (k) => `const b${k} = ${from(k)}; c${k}_0 = madd(v128.load(b${k}), g0, c${k}_0); c${k}_1 = madd(v128.load(b${k}, 16), g1, c${k}_1); a${k} += xPixel;`)}
    dy += yPixel;`;
  const edge = step((k) => `j >= begin${k} && j < end${k} ? a${k} : zeros`);
  return `
/** ${count} taps of eight channels: t[${count}][8] += sum over the pixels of some rows of some images of x times dy. */
export function depthwiseTaps${count}(tap: usize, x: usize, dy: usize, t: usize, columns: i32, rows: i32, images: i32, xPixel: usize, xRow: usize, xImage: usize, yPixel: usize, yImage: usize, zeros: usize): void {
  ${each(count, (k) => `let c${k}_0 = v128.load(t, ${32 * k}), c${k}_1 = v128.load(t, ${32 * k + 16});`)}
  ${each(count, (k) => `const begin${k} = load<i32>(tap, BEGIN_COLUMN + ${k} * TAP_RECORD), end${k} = load<i32>(tap, END_COLUMN + ${k} * TAP_RECORD); let a${k} = x + load<i32>(tap, ${k} * TAP_RECORD);`)}
  const last = max(0, ${range(count).reduce((text, k) => (k ? `min(${text}, end${k})` : 'end0'), '')});
  const first = min(last, ${range(count).reduce((text, k) => (k ? `max(${text}, begin${k})` : 'begin0'), '')});
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < rows; i++) {
      let j = 0;
      for (; j < first; j++) {
        ${edge}
      }
      for (; j < last; j++) {
        ${step((k) => `a${k}`)}
      }
      for (; j < columns; j++) {
        ${edge}
      }
      ${each(count, (k) => `a${k} += xRow;`)}
    }
    ${each(count, (k) => `a${k} += xImage;`)}
    dy += yImage;
  }
  ${each(count, (k) => `v128.store(t, c${k}_1, ${32 * k + 16}); v128.store(t, c${k}_0, ${32 * k});`)}
}
`;
}

/**
 * All nine taps, summed over the pixels of some rows: each loaded gradient serves all of them. Where registers have 128 bits, of four channels,
 * so that the sums fit. A row of taps outside the input reads zeros; at
 * the ends of a row the taps outside are left out.
 */
function nineTaps(vectors: number): string {
  const [rows, columns] = [range(3), range(3)];
  const step = (inside: readonly number[]): string => `${loads(vectors, 'g', 'dy')}
        ${rows.map((i) => inside.map((j) => `${loads(vectors, `x${i}${j}`, j ? `a${i} + ${j === 2 ? 'two' : 'step'}` : `a${i}`)} ${madds(vectors, `c${i}${j}`, `x${i}${j}`, 'g')}`).join(' ')).join('\n        ')}
        ${rows.map((i) => `a${i} += pixel${i};`).join(' ')} dy += yPixel;`;
  const sums = (text: (name: string, offset: number) => string): string =>
    rows.map((i) => columns.map((j) => text(`c${i}${j}`, 32 * (3 * i + j))).join(' ')).join('\n  ');
  return `
/**
 * Nine taps of ${4 * vectors} channels: t[9][8] += sum over the pixels of output rows [first, end) of some images of x times gradients, both those of row 0
 * of the first. Only the first column of taps may lack pixels at the left, and only the last one at the right; \`zeros\` has two steps and a vector.
 */
export function depthwiseTaps3x3(tap: usize, step: usize, x: usize, gradients: usize, t: usize, columns: i32, first: i32, end: i32, images: i32, xPixel: usize, xRow: usize, xImage: usize, yPixel: usize, yImage: usize, zeros: usize): void {
  ${sums((name, offset) => each(vectors, (v) => `let ${name}_${v} = v128.load(t, ${offset + 16 * v});`))}
  const left = load<i32>(tap, BEGIN_COLUMN), right = load<i32>(tap, END_COLUMN + 2 * TAP_RECORD), two = 2 * step;
  const yRow = yPixel * columns;
  for (let n = 0; n < images; n++) {
    for (let row = first; row < end; row++) {
      const from = x + xRow * row;
      let dy = gradients + yRow * row;
      ${rows.map((i) => `const inside${i} = row >= load<i32>(tap, BEGIN_ROW + ${3 * i} * TAP_RECORD) && row < load<i32>(tap, END_ROW + ${3 * i} * TAP_RECORD), pixel${i} = inside${i} ? xPixel : 0; let a${i} = inside${i} ? from + load<i32>(tap, ${3 * i} * TAP_RECORD) : zeros;`).join('\n      ')}
      let j = 0;
      for (; j < left; j++) {
        ${step([1, 2])}
      }
      for (; j < right; j++) {
        ${step([0, 1, 2])}
      }
      for (; j < columns; j++) {
        ${step([0, 1])}
      }
    }
    x += xImage;
    gradients += yImage;
  }
  ${sums((name, offset) => stores(vectors, 't', (v) => `${name}_${v}`, offset))}
}
`;
}

/** The source of `assembly/depthwise-tiles.ts` for a build whose widest panel has `panelWidth` lanes. */
export function depthwiseSource(panelWidth: 8 | 16): string {
  const vectors = panelWidth / 8;
  return `// Written by scripts/depthwise.ts.
import { BEGIN_COLUMN, BEGIN_ROW, END_COLUMN, END_ROW, TAP_RECORD } from './geometry';
import { madd } from './madd';

/** Bytes of channels that {@link depthwiseTaps3x3} takes. */
export const LANE_BYTES: usize = ${16 * vectors};
${[pixels(4, 3), pixels(2, 3), pixels(4), pixels(1), taps(3), taps(1), nineTaps(vectors)].join('')}`;
}
