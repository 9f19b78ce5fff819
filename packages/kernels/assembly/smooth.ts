import { storeBytes } from './bytes';
import { held, noneOf } from './held';

// @ts-ignore: decorator
@inline
function columnLow(above: v128, here: v128, below: v128): v128 {
  const sum = i16x8.add(i16x8.extend_low_i8x16_u(above), i16x8.extend_low_i8x16_u(here));
  return i16x8.add(sum, i16x8.extend_low_i8x16_u(below));
}

// @ts-ignore: decorator
@inline
function columnHigh(above: v128, here: v128, below: v128): v128 {
  const sum = i16x8.add(i16x8.extend_high_i8x16_u(above), i16x8.extend_high_i8x16_u(here));
  return i16x8.add(sum, i16x8.extend_high_i8x16_u(below));
}

/**
 * round(sum/13) for sums of 0..3315. About 128, where the factor 2521/2¹⁵ is less than a fiftieth off at either end; a
 * thirteenth is never closer than 1/26 to a half.
 */
// @ts-ignore: decorator
@inline
function thirteenth(sum: v128, middle: v128, factor: v128, about: v128): v128 {
  const difference = i16x8.sub(sum, middle);
  // The same but for −1·−1, which is not among these.
  const quotient = ASC_FEATURE_RELAXED_SIMD ? i16x8.relaxed_q15mulr_s(difference, factor) : i16x8.q15mulr_sat_s(difference, factor);
  return i16x8.add(quotient, about);
}

// @ts-ignore: decorator
@inline
function sixteen(x: usize, stride: usize, pixel: usize, middle: v128, factor: v128, about: v128): v128 {
  const before = x - pixel, after = x + pixel, here = v128.load(x);
  const a0 = v128.load(before - stride), a1 = v128.load(before), a2 = v128.load(before + stride);
  const b0 = v128.load(x - stride), b2 = v128.load(x + stride);
  const c0 = v128.load(after - stride), c1 = v128.load(after), c2 = v128.load(after + stride);
  const low = i16x8.add(i16x8.add(columnLow(a0, a1, a2), columnLow(b0, here, b2)), columnLow(c0, c1, c2));
  const high = i16x8.add(i16x8.add(columnHigh(a0, a1, a2), columnHigh(b0, here, b2)), columnHigh(c0, c1, c2));
  // The middle counts five times: four times more.
  const fullLow = i16x8.add(low, i16x8.shl(i16x8.extend_low_i8x16_u(here), 2));
  const fullHigh = i16x8.add(high, i16x8.shl(i16x8.extend_high_i8x16_u(here), 2));
  return i8x16.narrow_i16x8_u(thirteenth(fullLow, middle, factor, about), thirteenth(fullHigh, middle, factor, about));
}

/**
 * y = Pillow's ImageFilter.SMOOTH of x: [1 1 1; 1 5 1; 1 1 1]/13 rounded, the outermost pixels as they are. Pillow adds in
 * float32; since no thirteenth is near a half, rounding the exact sum gives the same.
 */
export function smooth(x: usize, y: usize, height: i32, width: i32, channels: i32): void {
  const stride = <usize>(width * channels), pixel = <usize>channels;
  const nothing = noneOf(width);
  const middle = held(i16x8.splat(1664), nothing), factor = held(i16x8.splat(2521), nothing), about = held(i16x8.splat(128), nothing);
  memory.copy(y, x, stride);
  if (height > 1) memory.copy(y + stride * (height - 1), x + stride * (height - 1), stride);
  for (let row = 1; row < height - 1; row++) {
    let from = x + stride * row, to = y + stride * row;
    let length = <i32>stride - 2 * channels;
    for (let i: usize = 0; i < min(pixel, stride); i++) store<u8>(to + i, load<u8>(from + i));
    for (let i = stride - min(pixel, stride); i < stride; i++) store<u8>(to + i, load<u8>(from + i));
    from += pixel, to += pixel;
    for (; length >= 16; length -= 16, from += 16, to += 16) v128.store(to, sixteen(from, stride, pixel, middle, factor, about));
    if (length > 0) storeBytes(to, sixteen(from, stride, pixel, middle, factor, about), length);
  }
}
