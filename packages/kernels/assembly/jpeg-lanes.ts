import { held } from './held';

/** A pair of factors, for i32x4.dot_i16x8_s. */
// @ts-ignore: decorator
@inline
export function factors(first: i32, second: i32, nothing: v128): v128 {
  return held(i32x4.splat((first & 0xffff) | (second << 16)), nothing);
}

// @ts-ignore: decorator
@inline
export function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
export function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** int32, without the lowest `bits`, as int16 that do not overflow. */
// @ts-ignore: decorator
@inline
export function shifted(low: v128, high: v128, bits: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, bits), i32x4.shr_s(high, bits));
}

/** Bytes, of int16 around 0. */
// @ts-ignore: decorator
@inline
export function bytesOf(a: v128, b: v128): v128 {
  return v128.xor(i8x16.narrow_i16x8_s(a, b), i8x16.splat(-128));
}

/** A row of coefficients of a block by its row of the quantisation table. */
// @ts-ignore: decorator
@inline
export function dequantised(x: usize, quantisation: usize, row: usize): v128 {
  return i16x8.mul(v128.load(x + 16 * row), v128.load(quantisation + 16 * row));
}
