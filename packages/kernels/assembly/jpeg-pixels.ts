import { storeBytes } from './bytes';
import { held, noneOf, picked } from './held';
import { chromaRow } from './jpeg-chroma';
import { factors, highPairs, lowPairs } from './jpeg-lanes';

/** What red and blue add to the luma: x, of int16, and x·factor/2¹⁵, rounded. */
// @ts-ignore: decorator
@inline
function scaled(x: v128, factor: v128): v128 {
  return i16x8.add(x, i16x8.q15mulr_sat_s(x, factor));
}

/** What green takes from eight pixels' luma, from both chromas: 0.34414 and 0.71414, the second as 1 − 0.28586, in 16 bits. */
// @ts-ignore: decorator
@inline
function greenOf(cb: v128, cr: v128, weights: v128, half: v128): v128 {
  const low = i32x4.add(i32x4.dot_i16x8_s(lowPairs(cb, cr), weights), half);
  const high = i32x4.add(i32x4.dot_i16x8_s(highPairs(cb, cr), weights), half);
  return i16x8.sub(i16x8.narrow_i32x4_s(i32x4.shr_s(low, 16), i32x4.shr_s(high, 16)), cr);
}

// @ts-ignore: decorator
@inline
function added(low: v128, high: v128, lumaLow: v128, lumaHigh: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.add(low, lumaLow), i16x8.add(high, lumaHigh));
}

/** y[pixels][3] = the colours of a row of Y, Cb and Cr, by libjpeg's fixed-point factors of 16 bits (jdcolor.c). */
function colours(luma: usize, cb: usize, cr: usize, y: usize, pixels: i32): void {
  const nothing = noneOf(pixels);
  const middle = held(i16x8.splat(128), nothing), half = held(i32x4.splat(32768), nothing);
  // 0.402 and 0.772 in 15 bits: the same for all chromas as in 16.
  const red = held(i16x8.splat(13173), nothing), blue = held(i16x8.splat(25297), nothing);
  const green = factors(-22554, 18734, nothing);
  const r0 = held(i8x16(0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5), nothing);
  const g0 = held(i8x16(-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1), nothing);
  const b0 = held(i8x16(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1), nothing);
  const r1 = held(i8x16(-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1), nothing);
  const g1 = held(i8x16(5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10), nothing);
  const b1 = held(i8x16(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1), nothing);
  const r2 = held(i8x16(-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1), nothing);
  const g2 = held(i8x16(-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1), nothing);
  const b2 = held(i8x16(10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15), nothing);
  for (; pixels > 0; pixels -= 16, luma += 16, cb += 16, cr += 16, y += 48) {
    const l = v128.load(luma), u = v128.load(cb), v = v128.load(cr);
    const ll = i16x8.extend_low_i8x16_u(l), lh = i16x8.extend_high_i8x16_u(l);
    const ul = i16x8.sub(i16x8.extend_low_i8x16_u(u), middle), uh = i16x8.sub(i16x8.extend_high_i8x16_u(u), middle);
    const vl = i16x8.sub(i16x8.extend_low_i8x16_u(v), middle), vh = i16x8.sub(i16x8.extend_high_i8x16_u(v), middle);
    const r = added(scaled(vl, red), scaled(vh, red), ll, lh);
    const b = added(scaled(ul, blue), scaled(uh, blue), ll, lh);
    const g = added(greenOf(ul, vl, green, half), greenOf(uh, vh, green, half), ll, lh);
    const first = v128.or(v128.or(picked(r, r0), picked(g, g0)), picked(b, b0));
    const second = v128.or(v128.or(picked(r, r1), picked(g, g1)), picked(b, b1));
    const third = v128.or(v128.or(picked(r, r2), picked(g, g2)), picked(b, b2));
    if (pixels >= 16) {
      v128.store(y, first);
      v128.store(y, second, 16);
      v128.store(y, third, 32);
      continue;
    }
    const bytes = 3 * pixels;
    if (bytes >= 16) v128.store(y, first);
    else storeBytes(y, first, bytes);
    if (bytes >= 32) v128.store(y, second, 16);
    else if (bytes > 16) storeBytes(y + 16, second, bytes - 16);
    if (bytes > 32) storeBytes(y + 32, third, bytes - 32);
  }
}

/**
 * A part of a picture in red, green and blue, of its planes of luma and chroma: y[rows][columns][3].
 *
 * @param luma bytes [height][lumaStride]
 * @param cb bytes [chromaHeight][chromaStride], of which `chromaWidth` of a row count; `cr` likewise
 * @param horizontal how many columns share a sample of chroma: 1 or 2; `vertical`, rows
 * @param fancy as `chromaRow` has it
 * @param scratch 2·(4·chromaWidth + columns + 192) bytes
 */
export function jpegPixels(
  luma: usize, lumaStride: usize, cb: usize, cr: usize, chromaStride: usize, chromaWidth: i32, chromaHeight: i32,
  horizontal: i32, vertical: i32, fancy: i32, top: i32, left: i32, rows: i32, columns: i32, scratch: usize, y: usize,
): void {
  const other = scratch + ((4 * <usize>chromaWidth + <usize>columns + 192) & ~15);
  for (let row = top; row < top + rows; row++, y += 3 * <usize>columns) {
    const u = chromaRow(cb, chromaStride, chromaWidth, chromaHeight, horizontal, vertical, fancy, row, left, columns, scratch);
    const v = chromaRow(cr, chromaStride, chromaWidth, chromaHeight, horizontal, vertical, fancy, row, left, columns, other);
    colours(luma + <usize>row * lumaStride + <usize>left, u, v, y, columns);
  }
}
