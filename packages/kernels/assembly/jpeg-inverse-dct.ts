import { held, noneOf } from './held';
import { bytesOf, dequantised, factors, highPairs, lowPairs, shifted } from './jpeg-lanes';
import { jpegInverseDct1, jpegInverseDct2, jpegInverseDct4 } from './jpeg-reduced-dct';

/**
 * One direction of the inverse DCT of eight columns: eight vectors of int16 in, eight out, at `to`. Loeffler, Ligtenberg and
 * Moschytz's algorithm with 13-bit factors, as the accurate integer method of libjpeg (jidctint.c) has it.
 */
// @ts-ignore: decorator
@inline
function pass(
  x0: v128, x1: v128, x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, x7: v128, to: usize, bits: i32, nothing: v128,
): void {
  const half = held(i32x4.splat(1 << (bits - 1)), nothing);
  const e2 = factors(4433, -10704, nothing), e3 = factors(10703, 4433, nothing);
  const sums = i16x8.add(x0, x4), differences = i16x8.sub(x0, x4);
  const low26 = lowPairs(x2, x6), high26 = highPairs(x2, x6);
  const sumLow = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(sums), 13), half);
  const sumHigh = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(sums), 13), half);
  const differenceLow = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(differences), 13), half);
  const differenceHigh = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(differences), 13), half);
  const t3l = i32x4.dot_i16x8_s(low26, e3), t3h = i32x4.dot_i16x8_s(high26, e3);
  const t2l = i32x4.dot_i16x8_s(low26, e2), t2h = i32x4.dot_i16x8_s(high26, e2);
  const a0l = i32x4.add(sumLow, t3l), a0h = i32x4.add(sumHigh, t3h), a3l = i32x4.sub(sumLow, t3l), a3h = i32x4.sub(sumHigh, t3h);
  const a1l = i32x4.add(differenceLow, t2l), a1h = i32x4.add(differenceHigh, t2h);
  const a2l = i32x4.sub(differenceLow, t2l), a2h = i32x4.sub(differenceHigh, t2h);

  const z3 = i16x8.add(x3, x7), z4 = i16x8.add(x1, x5);
  const f3 = factors(-6436, 9633, nothing), f4 = factors(9633, 6437, nothing);
  const zl = lowPairs(z3, z4), zh = highPairs(z3, z4);
  const z3l = i32x4.dot_i16x8_s(zl, f3), z3h = i32x4.dot_i16x8_s(zh, f3);
  const z4l = i32x4.dot_i16x8_s(zl, f4), z4h = i32x4.dot_i16x8_s(zh, f4);
  const low71 = lowPairs(x7, x1), high71 = highPairs(x7, x1), low53 = lowPairs(x5, x3), high53 = highPairs(x5, x3);
  const g0 = factors(-4927, -7373, nothing), g3 = factors(-7373, 4926, nothing);
  const g1 = factors(-4176, -20995, nothing), g2 = factors(-20995, 4177, nothing);
  const o0l = i32x4.add(i32x4.dot_i16x8_s(low71, g0), z3l), o0h = i32x4.add(i32x4.dot_i16x8_s(high71, g0), z3h);
  const o3l = i32x4.add(i32x4.dot_i16x8_s(low71, g3), z4l), o3h = i32x4.add(i32x4.dot_i16x8_s(high71, g3), z4h);
  const o1l = i32x4.add(i32x4.dot_i16x8_s(low53, g1), z4l), o1h = i32x4.add(i32x4.dot_i16x8_s(high53, g1), z4h);
  const o2l = i32x4.add(i32x4.dot_i16x8_s(low53, g2), z3l), o2h = i32x4.add(i32x4.dot_i16x8_s(high53, g2), z3h);

  v128.store(to, shifted(i32x4.add(a0l, o3l), i32x4.add(a0h, o3h), bits));
  v128.store(to, shifted(i32x4.sub(a0l, o3l), i32x4.sub(a0h, o3h), bits), 112);
  v128.store(to, shifted(i32x4.add(a1l, o2l), i32x4.add(a1h, o2h), bits), 16);
  v128.store(to, shifted(i32x4.sub(a1l, o2l), i32x4.sub(a1h, o2h), bits), 96);
  v128.store(to, shifted(i32x4.add(a2l, o1l), i32x4.add(a2h, o1h), bits), 32);
  v128.store(to, shifted(i32x4.sub(a2l, o1l), i32x4.sub(a2h, o1h), bits), 80);
  v128.store(to, shifted(i32x4.add(a3l, o0l), i32x4.add(a3h, o0h), bits), 48);
  v128.store(to, shifted(i32x4.sub(a3l, o0l), i32x4.sub(a3h, o0h), bits), 64);
}

function jpegInverseDct8(x: usize, extents: usize, blocks: i32, quantisation: usize, y: usize, stride: usize, scratch: usize): void {
  const nothing = noneOf(blocks);
  for (let block = 0; block < blocks; block++, x += 128, y += 8) {
    if (load<u8>(extents + <usize>block) == 0) {
      // With the 16 bits that the first direction has, where a damaged file exceeds them.
      const mean = (<i32><i16>((<i32>load<i16>(x) * <i32>load<i16>(quantisation)) << 2) + 16) >> 5;
      const bytes = i8x16.splat(<i8>max(0, min(255, mean + 128)));
      for (let row: usize = 0, to = y; row < 8; row++, to += stride) v128.store64_lane(to, bytes, 0);
      continue;
    }
    const low = v128.or(v128.or(v128.load(x, 16), v128.load(x, 32)), v128.load(x, 48));
    const high = v128.or(v128.or(v128.load(x, 64), v128.load(x, 80)), v128.or(v128.load(x, 96), v128.load(x, 112)));
    if (!v128.any_true(v128.or(low, high))) {
      // Of the first row alone. Where it exceeds 16 bits it wraps, as libjpeg's does, which is clamped in the other case.
      const row = i16x8.shl(dequantised(x, quantisation, 0), 2);
      for (let at: usize = 0; at < 128; at += 16) v128.store(scratch + at, row);
    } else {
      pass(
        dequantised(x, quantisation, 0), dequantised(x, quantisation, 1), dequantised(x, quantisation, 2),
        dequantised(x, quantisation, 3), dequantised(x, quantisation, 4), dequantised(x, quantisation, 5),
        dequantised(x, quantisation, 6), dequantised(x, quantisation, 7), scratch, 11, nothing,
      );
    }
    const r0 = v128.load(scratch), r1 = v128.load(scratch, 16), r2 = v128.load(scratch, 32), r3 = v128.load(scratch, 48);
    const r4 = v128.load(scratch, 64), r5 = v128.load(scratch, 80), r6 = v128.load(scratch, 96), r7 = v128.load(scratch, 112);
    // Turned: by rows of 4 of two rows, of four, of eight.
    const p0 = lowPairs(r0, r1), p1 = highPairs(r0, r1), p2 = lowPairs(r2, r3), p3 = highPairs(r2, r3);
    const p4 = lowPairs(r4, r5), p5 = highPairs(r4, r5), p6 = lowPairs(r6, r7), p7 = highPairs(r6, r7);
    const q0 = v128.shuffle<i32>(p0, p2, 0, 4, 1, 5), q1 = v128.shuffle<i32>(p0, p2, 2, 6, 3, 7);
    const q2 = v128.shuffle<i32>(p1, p3, 0, 4, 1, 5), q3 = v128.shuffle<i32>(p1, p3, 2, 6, 3, 7);
    const q4 = v128.shuffle<i32>(p4, p6, 0, 4, 1, 5), q5 = v128.shuffle<i32>(p4, p6, 2, 6, 3, 7);
    const q6 = v128.shuffle<i32>(p5, p7, 0, 4, 1, 5), q7 = v128.shuffle<i32>(p5, p7, 2, 6, 3, 7);
    pass(
      v128.shuffle<i64>(q0, q4, 0, 2), v128.shuffle<i64>(q0, q4, 1, 3), v128.shuffle<i64>(q1, q5, 0, 2),
      v128.shuffle<i64>(q1, q5, 1, 3), v128.shuffle<i64>(q2, q6, 0, 2), v128.shuffle<i64>(q2, q6, 1, 3),
      v128.shuffle<i64>(q3, q7, 0, 2), v128.shuffle<i64>(q3, q7, 1, 3), scratch, 18, nothing,
    );
    // Columns c0 … c7 of eight bytes each, turned again: of two columns, of four, of eight.
    const c04 = bytesOf(v128.load(scratch), v128.load(scratch, 64)), c15 = bytesOf(v128.load(scratch, 16), v128.load(scratch, 80));
    const c26 = bytesOf(v128.load(scratch, 32), v128.load(scratch, 96)), c37 = bytesOf(v128.load(scratch, 48), v128.load(scratch, 112));
    const c01 = lowBytes(c04, c15), c45 = highBytes(c04, c15), c23 = lowBytes(c26, c37), c67 = highBytes(c26, c37);
    const low03 = lowPairs(c01, c23), high03 = highPairs(c01, c23), low47 = lowPairs(c45, c67), high47 = highPairs(c45, c67);
    storeRows(y, stride, v128.shuffle<i32>(low03, low47, 0, 4, 1, 5));
    storeRows(y + 2 * stride, stride, v128.shuffle<i32>(low03, low47, 2, 6, 3, 7));
    storeRows(y + 4 * stride, stride, v128.shuffle<i32>(high03, high47, 0, 4, 1, 5));
    storeRows(y + 6 * stride, stride, v128.shuffle<i32>(high03, high47, 2, 6, 3, 7));
  }
}

// @ts-ignore: decorator
@inline
function lowBytes(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function highBytes(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// @ts-ignore: decorator
@inline
function storeRows(y: usize, stride: usize, rows: v128): void {
  v128.store64_lane(y, rows, 0);
  v128.store64_lane(y + stride, rows, 1);
}

/**
 * Pixels of a row of blocks of one component, of their coefficients: `size` 8, or 4, 2 or 1 for a picture of a half, a quarter or
 * an eighth, from as many frequencies. The bytes of libjpeg's accurate integer method (jidctint.c, jidctred.c).
 *
 * @param x int16 [blocks][64], in natural order
 * @param extents 0 for a block of which only the first coefficient is not 0
 * @param quantisation int16 [64], in natural order
 * @param y [size][stride], a block beside the other
 * @param scratch 128 bytes
 */
export function jpegInverseDct(
  x: usize, extents: usize, blocks: i32, quantisation: usize, y: usize, stride: i32, size: i32, scratch: usize,
): void {
  if (size == 8) jpegInverseDct8(x, extents, blocks, quantisation, y, stride, scratch);
  else if (size == 4) jpegInverseDct4(x, blocks, quantisation, y, stride);
  else if (size == 2) jpegInverseDct2(x, blocks, quantisation, y, stride);
  else jpegInverseDct1(x, blocks, quantisation, y);
}
