import { storeBytes } from './bytes';
import { channelsOfFour } from './grey';
import { held, noneOf, picked, truncatedPair } from './held';
import { high, low } from './lanes';
import { channelsOf, Rgb, Rgba } from './pixels';

/** Four float32 of two pairs of doubles. */
// @ts-ignore: decorator
@inline
function rounded(first: v128, second: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 2);
}

/** trunc(255·x) of float32 in 0..1, the product not rounded. */
// @ts-ignore: decorator
@inline
function byteOf(x: v128, full: v128): v128 {
  return v128.shuffle<i64>(truncatedPair(f64x2.mul(low(x), full)), truncatedPair(f64x2.mul(high(x), full)), 0, 2);
}

/** The fraction of sixths/6 + 1, of two. */
// @ts-ignore: decorator
@inline
function fractionOfTurn(sixths: v128, six: v128, one: v128): v128 {
  const turn = f64x2.add(f64x2.div(sixths, six), one);
  return f64x2.sub(turn, f64x2.floor(turn));
}

/** Hues in bytes, as Pillow's rgb2hsv_row has them: float32 where C has a float, double precision where it has a double. */
// @ts-ignore: decorator
@inline
function hueOf(r: v128, g: v128, b: v128, highest: v128, range: v128, two: v128, four: v128, six: v128, one: v128, full: v128): v128 {
  const isRed = i32x4.eq(r, highest), isGreen = i32x4.eq(g, highest);
  // (highest − r)/range and so on, of which each hue takes two: blue less green, red less blue, or green less red.
  const plusOf = v128.bitselect(b, v128.bitselect(r, g, isGreen), isRed), minusOf = v128.bitselect(g, v128.bitselect(b, r, isGreen), isRed);
  const plus = f32x4.div(f32x4.convert_i32x4_s(i32x4.sub(highest, plusOf)), range);
  const minus = f32x4.div(f32x4.convert_i32x4_s(i32x4.sub(highest, minusOf)), range);
  const base = v128.andnot(v128.bitselect(two, four, isGreen), isRed);
  const sixths = rounded(
    f64x2.sub(f64x2.add(low(base), low(plus)), low(minus)), f64x2.sub(f64x2.add(high(base), high(plus)), high(minus)),
  );
  return byteOf(rounded(fractionOfTurn(low(sixths), six, one), fractionOfTurn(high(sixths), six, one)), full);
}

/**
 * round(value·(1 − part)). In float32, with products in the place of quotients: for no hue, saturation and value of bytes does it
 * differ from C's double precision.
 */
// @ts-ignore: decorator
@inline
function less(value: v128, part: v128, one: v128): v128 {
  const result = f32x4.nearest(f32x4.mul(value, f32x4.sub(one, part)));
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.relaxed_trunc_f32x4_s(result) : i32x4.trunc_sat_f32x4_s(result);
}

/** Four pixels at once; the hues of the next four are computed before these are put together, since the way to them is long. */
// @ts-ignore: decorator
@inline
function turned<Pixel>(x: usize, y: usize, pixels: i32, turn: i32): void {
  if (pixels <= 0) return;
  const channels = channelsOf<Pixel>();
  const nothing = noneOf(pixels);
  const ofRed = channelsOfFour<Pixel>(0, -1, nothing), ofGreen = channelsOfFour<Pixel>(1, -1, nothing);
  const ofBlue = channelsOfFour<Pixel>(2, -1, nothing);
  const order = channels == 3
    ? held(i8x16(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, -1, -1, -1, -1), nothing)
    : held(i8x16(0, 4, 8, -1, 1, 5, 9, -1, 2, 6, 10, -1, 3, 7, 11, -1), nothing);
  const opacity = held(i32x4.splat(0xff000000), nothing), byte = held(i32x4.splat(255), nothing), by = i32x4.splat(turn);
  const one = held(f64x2.splat(1), nothing), six = held(f64x2.splat(6), nothing), full = held(f64x2.splat(255), nothing);
  const two = held(f32x4.splat(2), nothing), four = held(f32x4.splat(4), nothing), two55th = held(f32x4.splat(<f32>(1.0 / 255.0)), nothing);
  const one32 = held(f32x4.splat(1), nothing);
  const sixes = held(i32x4.splat(6), nothing), divisor = held(i32x4.splat(32897), nothing);
  const first = held(i32x4.splat(1), nothing), second = held(i32x4.splat(2), nothing), third = held(i32x4.splat(3), nothing);
  const fourth = held(i32x4.splat(4), nothing), fifth = held(i32x4.splat(5), nothing);
  let p = v128.load(x);
  let r = picked(p, ofRed), g = picked(p, ofGreen), b = picked(p, ofBlue);
  let highest = i32x4.max_s(i32x4.max_s(r, g), b), span = i32x4.sub(highest, i32x4.min_s(i32x4.min_s(r, g), b));
  let range = f32x4.convert_i32x4_s(span);
  let hue = hueOf(r, g, b, highest, range, two, four, six, one, full);
  while (true) {
    // Pillow's hsv2rgb.
    const value = f32x4.convert_i32x4_s(highest);
    const saturation = f32x4.mul(f32x4.convert_i32x4_s(byteOf(f32x4.div(range, value), full)), two55th);
    const angle = i32x4.mul(v128.and(i32x4.add(hue, by), byte), sixes);
    // Over 255, which is exact below 65,536.
    const sector = i32x4.shr_u(i32x4.mul(angle, divisor), 23);
    const rest = f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(angle, i32x4.mul(sector, byte))), two55th);
    const least = less(value, saturation, one32);
    const falling = less(value, f32x4.mul(saturation, rest), one32);
    const rising = less(value, f32x4.mul(saturation, f32x4.sub(one32, rest)), one32);
    const is1 = i32x4.eq(sector, first), is2 = i32x4.eq(sector, second), is3 = i32x4.eq(sector, third);
    const is4 = i32x4.eq(sector, fourth), is5 = i32x4.eq(sector, fifth);
    // Sector 6 is sector 0 again.
    const not0 = v128.or(v128.or(v128.or(is1, is2), v128.or(is3, is4)), is5);
    const red = v128.bitselect(v128.bitselect(falling, v128.bitselect(rising, least, is4), is1), highest, v128.andnot(not0, is5));
    const green = v128.bitselect(
      highest, v128.bitselect(v128.bitselect(falling, least, is3), rising, not0), v128.or(is1, is2),
    );
    const blue = v128.bitselect(highest, v128.bitselect(rising, v128.bitselect(falling, least, is5), is2), v128.or(is3, is4));
    // Without colour there is none to turn.
    const coloured = i32x4.gt_s(span, i32x4.splat(0));
    const redGreen = i16x8.narrow_i32x4_s(v128.bitselect(red, r, coloured), v128.bitselect(green, g, coloured));
    const blues = v128.bitselect(blue, b, coloured);
    let bytes = picked(i8x16.narrow_i16x8_u(redGreen, i16x8.narrow_i32x4_s(blues, blues)), order);
    if (channels == 4) bytes = v128.or(bytes, v128.and(p, opacity));
    x += 4 * channels;
    p = v128.load(x);
    r = picked(p, ofRed), g = picked(p, ofGreen), b = picked(p, ofBlue);
    highest = i32x4.max_s(i32x4.max_s(r, g), b), span = i32x4.sub(highest, i32x4.min_s(i32x4.min_s(r, g), b));
    range = f32x4.convert_i32x4_s(span);
    hue = hueOf(r, g, b, highest, range, two, four, six, one, full);
    if (pixels <= 4) {
      if (channels == 4 && pixels == 4) v128.store(y, bytes);
      else storeBytes(y, bytes, pixels * channels);
      return;
    }
    // Not the four bytes after them, which y may yet have as x.
    if (channels == 4) v128.store(y, bytes);
    else {
      v128.store64_lane(y, bytes, 0);
      v128.store32_lane(y, bytes, 2, 8);
    }
    pixels -= 4, y += 4 * channels;
  }
}

/**
 * Turns the colours by `turn` 256ths of the wheel through Pillow's HSV in bytes (libImaging/Convert.c), in float32 where C has a
 * float and in double precision where it has a double. Of 3 or 4 channels, of which the fourth stays. y may be x.
 */
export function turnHue(x: usize, y: usize, pixels: i32, channels: i32, turn: i32): void {
  if (channels == 3) turned<Rgb>(x, y, pixels, turn);
  else turned<Rgba>(x, y, pixels, turn);
}
