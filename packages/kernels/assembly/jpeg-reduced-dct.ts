import { noneOf } from './held';
import { bytesOf, dequantised, factors, highPairs, lowPairs, shifted } from './jpeg-lanes';

/** The odd part of four or eight columns: the sum over rows 7, 5, 3 and 1 by four factors. */
// @ts-ignore: decorator
@inline
function odd(x75: v128, x31: v128, f75: v128, f31: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(x75, f75), i32x4.dot_i16x8_s(x31, f31));
}

/** 4×4 pixels of a block: libjpeg's jpeg_idct_4x4. */
export function jpegInverseDct4(x: usize, blocks: i32, quantisation: usize, y: usize, stride: usize): void {
  const nothing = noneOf(blocks);
  const even = factors(15137, -6270, nothing);
  const f75 = factors(-1730, 11893, nothing), f31 = factors(-17799, 8697, nothing);
  const g75 = factors(-4176, -4926, nothing), g31 = factors(7373, 20995, nothing);
  for (; blocks > 0; blocks--, x += 128, y += 4) {
    const x0 = dequantised(x, quantisation, 0), x1 = dequantised(x, quantisation, 1), x2 = dequantised(x, quantisation, 2);
    const x3 = dequantised(x, quantisation, 3), x5 = dequantised(x, quantisation, 5), x6 = dequantised(x, quantisation, 6);
    const x7 = dequantised(x, quantisation, 7);
    const half = i32x4.splat(1 << 11);
    const baseLow = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(x0), 14), half);
    const baseHigh = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(x0), 14), half);
    const evenLow = i32x4.dot_i16x8_s(lowPairs(x2, x6), even), evenHigh = i32x4.dot_i16x8_s(highPairs(x2, x6), even);
    const low75 = lowPairs(x7, x5), high75 = highPairs(x7, x5), low31 = lowPairs(x3, x1), high31 = highPairs(x3, x1);
    const innerLow = odd(low75, low31, f75, f31), innerHigh = odd(high75, high31, f75, f31);
    const outerLow = odd(low75, low31, g75, g31), outerHigh = odd(high75, high31, g75, g31);
    const aLow = i32x4.add(baseLow, evenLow), aHigh = i32x4.add(baseHigh, evenHigh);
    const bLow = i32x4.sub(baseLow, evenLow), bHigh = i32x4.sub(baseHigh, evenHigh);
    const r0 = shifted(i32x4.add(aLow, outerLow), i32x4.add(aHigh, outerHigh), 12);
    const r3 = shifted(i32x4.sub(aLow, outerLow), i32x4.sub(aHigh, outerHigh), 12);
    const r1 = shifted(i32x4.add(bLow, innerLow), i32x4.add(bHigh, innerHigh), 12);
    const r2 = shifted(i32x4.sub(bLow, innerLow), i32x4.sub(bHigh, innerHigh), 12);

    // Turned: columns of four, two in a vector.
    const p0 = lowPairs(r0, r1), p1 = highPairs(r0, r1), p2 = lowPairs(r2, r3), p3 = highPairs(r2, r3);
    const c01 = v128.shuffle<i32>(p0, p2, 0, 4, 1, 5), c23 = v128.shuffle<i32>(p0, p2, 2, 6, 3, 7);
    const c45 = v128.shuffle<i32>(p1, p3, 0, 4, 1, 5), c67 = v128.shuffle<i32>(p1, p3, 2, 6, 3, 7);
    const base = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(c01), 14), i32x4.splat(1 << 18));
    const evens = i32x4.dot_i16x8_s(lowPairs(c23, c67), even);
    const c75 = highPairs(c67, c45), c31 = highPairs(c23, c01);
    const inner = odd(c75, c31, f75, f31), outer = odd(c75, c31, g75, g31);
    const a = i32x4.add(base, evens), b = i32x4.sub(base, evens);
    const y01 = shifted(i32x4.add(a, outer), i32x4.add(b, inner), 19), y23 = shifted(i32x4.sub(b, inner), i32x4.sub(a, outer), 19);
    // Columns of four bytes each, turned again.
    const bytes = bytesOf(y01, y23);
    const rows = v128.shuffle<i8>(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    v128.store32_lane(y, rows, 0);
    v128.store32_lane(y + stride, rows, 1);
    v128.store32_lane(y + 2 * stride, rows, 2);
    v128.store32_lane(y + 3 * stride, rows, 3);
  }
}

/** 2×2 pixels of a block: libjpeg's jpeg_idct_2x2. */
export function jpegInverseDct2(x: usize, blocks: i32, quantisation: usize, y: usize, stride: usize): void {
  const nothing = noneOf(blocks);
  const f75 = factors(-5906, 6967, nothing), f31 = factors(-10426, 29692, nothing);
  for (; blocks > 0; blocks--, x += 128, y += 2) {
    const x0 = dequantised(x, quantisation, 0), x1 = dequantised(x, quantisation, 1), x3 = dequantised(x, quantisation, 3);
    const x5 = dequantised(x, quantisation, 5), x7 = dequantised(x, quantisation, 7);
    const half = i32x4.splat(1 << 12);
    const baseLow = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(x0), 15), half);
    const baseHigh = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(x0), 15), half);
    const oddLow = odd(lowPairs(x7, x5), lowPairs(x3, x1), f75, f31), oddHigh = odd(highPairs(x7, x5), highPairs(x3, x1), f75, f31);
    const top = shifted(i32x4.add(baseLow, oddLow), i32x4.add(baseHigh, oddHigh), 13);
    const bottom = shifted(i32x4.sub(baseLow, oddLow), i32x4.sub(baseHigh, oddHigh), 13);
    const weights = i16x8(0, 29692, 0, -10426, 0, 6967, 0, -5906);
    const topOdd = sum(i32x4.dot_i16x8_s(top, weights)), bottomOdd = sum(i32x4.dot_i16x8_s(bottom, weights));
    const topBase = (<i32>i16x8.extract_lane_s(top, 0) << 15) + (1 << 19), bottomBase = (<i32>i16x8.extract_lane_s(bottom, 0) << 15) + (1 << 19);
    store<u8>(y, byteOf((topBase + topOdd) >> 20));
    store<u8>(y, byteOf((topBase - topOdd) >> 20), 1);
    store<u8>(y + stride, byteOf((bottomBase + bottomOdd) >> 20));
    store<u8>(y + stride, byteOf((bottomBase - bottomOdd) >> 20), 1);
  }
}

// @ts-ignore: decorator
@inline
function sum(x: v128): i32 {
  const halves = i32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1);
}

// @ts-ignore: decorator
@inline
function byteOf(value: i32): u8 {
  return <u8>max(0, min(255, value + 128));
}

/** One pixel of a block: its mean. */
export function jpegInverseDct1(x: usize, blocks: i32, quantisation: usize, y: usize): void {
  const factor = <i32>load<i16>(quantisation);
  for (; blocks > 0; blocks--, x += 128, y++) store<u8>(y, byteOf((<i32>load<i16>(x) * factor + 4) >> 3));
}
