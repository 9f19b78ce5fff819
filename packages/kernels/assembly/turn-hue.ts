import { storeBytes } from './bytes';
import { channelsOfFour } from './grey';
import { held, noneOf, picked, truncatedPair } from './held';
import { high, low } from './lanes';
import { channelsOf, Rgb, Rgba } from './pixels';

// Pairs of double precision make fours of float32 or int32.

// @ts-ignore: decorator
@inline
function rounded(first: v128, second: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 2);
}

/** Of what is not negative. */
// @ts-ignore: decorator
@inline
function whole(first: v128, second: v128): v128 {
  return v128.shuffle<i64>(truncatedPair(first), truncatedPair(second), 0, 2);
}

/** trunc(255·x) of float32 in 0..1, the product not rounded. */
// @ts-ignore: decorator
@inline
function byteOf(x: v128, full: v128): v128 {
  return whole(f64x2.mul(low(x), full), f64x2.mul(high(x), full));
}

// @ts-ignore: decorator
@inline
function sixthsOf(base: v128, a: v128, b: v128): v128 {
  return f64x2.sub(f64x2.add(base, a), b);
}

// @ts-ignore: decorator
@inline
function fractionOfTurn(sixths: v128, six: v128, one: v128): v128 {
  const turn = f64x2.add(f64x2.div(sixths, six), one);
  return f64x2.sub(turn, f64x2.floor(turn));
}

/** round(value·(1 − part)), of two. */
// @ts-ignore: decorator
@inline
function less(value: v128, part: v128, one: v128, half: v128): v128 {
  return f64x2.add(f64x2.mul(value, f64x2.sub(one, part)), half);
}

// @ts-ignore: decorator
@inline
function turned<Pixel>(x: usize, y: usize, pixels: i32, turn: i32): void {
  const channels = channelsOf<Pixel>();
  const nothing = noneOf(pixels);
  const ofRed = channelsOfFour<Pixel>(0, -1, nothing), ofGreen = channelsOfFour<Pixel>(1, -1, nothing);
  const ofBlue = channelsOfFour<Pixel>(2, -1, nothing);
  const order = channels == 3
    ? held(i8x16(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, -1, -1, -1, -1), nothing)
    : held(i8x16(0, 4, 8, -1, 1, 5, 9, -1, 2, 6, 10, -1, 3, 7, 11, -1), nothing);
  const opacity = held(i32x4.splat(0xff000000), nothing), byte = held(i32x4.splat(255), nothing), by = i32x4.splat(turn);
  const one = held(f64x2.splat(1), nothing), half = held(f64x2.splat(0.5), nothing), six = held(f64x2.splat(6), nothing);
  const full = held(f64x2.splat(255), nothing), full32 = held(f32x4.splat(255), nothing);
  const two32 = held(f32x4.splat(2), nothing), four32 = held(f32x4.splat(4), nothing);
  while (pixels > 0) {
    const p = v128.load(x);
    const r = picked(p, ofRed), g = picked(p, ofGreen), b = picked(p, ofBlue);
    const highest = i32x4.max_s(i32x4.max_s(r, g), b), span = i32x4.sub(highest, i32x4.min_s(i32x4.min_s(r, g), b));
    const value = f32x4.convert_i32x4_s(highest), range = f32x4.convert_i32x4_s(span);
    // Pillow's rgb2hsv_row.
    const fromRed = f32x4.div(f32x4.convert_i32x4_s(i32x4.sub(highest, r)), range);
    const fromGreen = f32x4.div(f32x4.convert_i32x4_s(i32x4.sub(highest, g)), range);
    const fromBlue = f32x4.div(f32x4.convert_i32x4_s(i32x4.sub(highest, b)), range);
    const isRed = i32x4.eq(r, highest), isGreen = i32x4.eq(g, highest);
    const plus = v128.bitselect(fromBlue, v128.bitselect(fromRed, fromGreen, isGreen), isRed);
    const minus = v128.bitselect(fromGreen, v128.bitselect(fromBlue, fromRed, isGreen), isRed);
    const base = v128.andnot(v128.bitselect(two32, four32, isGreen), isRed);
    const sixths = rounded(sixthsOf(low(base), low(plus), low(minus)), sixthsOf(high(base), high(plus), high(minus)));
    const turn = rounded(fractionOfTurn(low(sixths), six, one), fractionOfTurn(high(sixths), six, one));
    const saturation = f32x4.div(f32x4.convert_i32x4_s(byteOf(f32x4.div(range, value), full)), full32);
    // Its hsv2rgb.
    const angle = f32x4.convert_i32x4_s(v128.and(i32x4.add(byteOf(turn, full), by), byte));
    const first = f64x2.div(f64x2.mul(low(angle), six), full), second = f64x2.div(f64x2.mul(high(angle), six), full);
    const firstWhole = f64x2.floor(first), secondWhole = f64x2.floor(second);
    const sector = whole(firstWhole, secondWhole);
    const rest = rounded(f64x2.sub(first, firstWhole), f64x2.sub(second, secondWhole));
    const v0 = low(value), v1 = high(value), s0 = low(saturation), s1 = high(saturation);
    const least = whole(less(v0, s0, one, half), less(v1, s1, one, half));
    const part = f32x4.mul(saturation, rest);
    const falling = whole(less(v0, low(part), one, half), less(v1, high(part), one, half));
    const rising = whole(
      less(v0, f64x2.mul(s0, f64x2.sub(one, low(rest))), one, half), less(v1, f64x2.mul(s1, f64x2.sub(one, high(rest))), one, half),
    );
    // Sector 6 is sector 0 again.
    const is1 = i32x4.eq(sector, i32x4.splat(1)), is2 = i32x4.eq(sector, i32x4.splat(2)), is3 = i32x4.eq(sector, i32x4.splat(3));
    const is4 = i32x4.eq(sector, i32x4.splat(4)), is5 = i32x4.eq(sector, i32x4.splat(5));
    const is0 = v128.not(v128.or(v128.or(v128.or(is1, is2), v128.or(is3, is4)), is5));
    const red = v128.bitselect(highest, v128.bitselect(falling, v128.bitselect(rising, least, is4), is1), v128.or(is0, is5));
    const green = v128.bitselect(highest, v128.bitselect(rising, v128.bitselect(falling, least, is3), is0), v128.or(is1, is2));
    const blue = v128.bitselect(highest, v128.bitselect(rising, v128.bitselect(falling, least, is5), is2), v128.or(is3, is4));
    // Without colour there is none to turn.
    const isGrey = i32x4.eq(span, i32x4.splat(0));
    const redGreen = i16x8.narrow_i32x4_s(v128.bitselect(r, red, isGrey), v128.bitselect(g, green, isGrey));
    const blues = v128.bitselect(b, blue, isGrey);
    let bytes = picked(i8x16.narrow_i16x8_u(redGreen, i16x8.narrow_i32x4_s(blues, blues)), order);
    if (channels == 4) bytes = v128.or(bytes, v128.and(p, opacity));
    if (pixels < 4) {
      storeBytes(y, bytes, pixels * channels);
      return;
    }
    // Not the four bytes after them, which y may yet have as x.
    if (channels == 4) v128.store(y, bytes);
    else {
      v128.store64_lane(y, bytes, 0);
      v128.store32_lane(y, bytes, 2, 8);
    }
    pixels -= 4, x += 4 * channels, y += 4 * channels;
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
