/**
 * Writes the inner loops of a depthwise convolution in AssemblyScript: eight channels are two vectors side by side, which
 * V8's revectoriser pairs, and some pixels or taps at a time share what is loaded.
 */

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const each = (count: number, text: (i: number) => string): string => range(count).map(text).join(' ');

/** Some neighbouring output pixels of one row: each loaded pair of weights serves all of them. */
function pixels(count: number): string {
  return `
/** ${count} output pixels of eight channels; the walk is the geometry's. */
export function depthwisePixels${count}(x: usize, w: usize, bias: usize, y: usize, tapRows: i32, tapRowStep: usize, tapColumns: i32, tapColumnStep: usize, weightStep: usize, weightRow: usize, xPixel: usize, yPixel: usize, least: f32): void {
  const floor = f32x4.splat(least);
  ${each(count, (p) => `let c${p}_0 = v128.load(bias), c${p}_1 = v128.load(bias, 16);`)}
  for (let i = 0; i < tapRows; i++) {
    ${each(count, (p) => `let a${p} = x${p === 0 ? '' : ` + xPixel * ${p}`};`)}
    for (let j = 0; j < tapColumns; j++) {
      const w0 = v128.load(w), w1 = v128.load(w, 16);
      ${each(count, (p) => `c${p}_0 = madd(v128.load(a${p}), w0, c${p}_0); c${p}_1 = madd(v128.load(a${p}, 16), w1, c${p}_1); a${p} += tapColumnStep;`)}
      w += weightStep;
    }
    x += tapRowStep;
    w += weightRow;
  }
  ${each(count, (p) => `v128.store(y + yPixel * ${p}, f32x4.pmax(c${p}_1, floor), 16); v128.store(y + yPixel * ${p}, f32x4.pmax(c${p}_0, floor));`)}
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
  ${each(count, (k) => `const begin${k} = load<i32>(tap, BEGIN + ${k} * TAP_RECORD), end${k} = load<i32>(tap, END + ${k} * TAP_RECORD); let a${k} = x + load<i32>(tap, ${k} * TAP_RECORD);`)}
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

/** The source of `assembly/depthwise-tiles.ts`. */
export function depthwiseSource(): string {
  return `// Written by scripts/depthwise.ts.
import { BEGIN_COLUMN as BEGIN, END_COLUMN as END, TAP_RECORD } from './geometry';
import { madd } from './madd';
${[pixels(4), pixels(1), taps(3), taps(1)].join('')}`;
}
