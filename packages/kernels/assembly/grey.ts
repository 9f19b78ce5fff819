import { held, noneOf, picked } from './held';
import { channelsOf, Rgb, Rgba } from './pixels';

// The weights of ITU-R 601 in Pillow's fixed point, for pairs of int16. That of green does not fit one: green counts twice by half.
// @ts-ignore: decorator
@inline
export const redGreenWeights: i32 = 19595 | (19235 << 16);
// @ts-ignore: decorator
@inline
export const greenBlueWeights: i32 = 19235 | (7471 << 16);
// @ts-ignore: decorator
@inline
export const greyHalf: i32 = 0x8000;

/** Picks the channels i and j of the first four pixels, as pairs of int16; only i, as int32, where j is −1. */
// @ts-ignore: decorator
@inline
export function channelsOfFour<Pixel>(i: i8, j: i8, nothing: v128): v128 {
  const second: i8 = j < 0 ? 0 : 1;
  const step = <i8>channelsOf<Pixel>();
  return held(
    i8x16(
      i, -1, j, -1, i + step, -1, j + second * step, -1,
      i + 2 * step, -1, j + 2 * second * step, -1, i + 3 * step, -1, j + 3 * second * step, -1,
    ),
    nothing,
  );
}

/** (19595 R + 38470 G + 7471 B + 2¹⁵) >> 16 of four pixels, as int32, from their pairs and from the constants above. */
// @ts-ignore: decorator
@inline
export function greysOfFour(redGreen: v128, greenBlue: v128, weights: v128, otherWeights: v128, half: v128): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(redGreen, weights), i32x4.dot_i16x8_s(greenBlue, otherWeights));
  return i32x4.shr_u(i32x4.add(sum, half), 16);
}

// @ts-ignore: decorator
@inline
function one(x: usize): u32 {
  return (19595 * <u32>load<u8>(x) + 38470 * <u32>load<u8>(x, 1) + 7471 * <u32>load<u8>(x, 2) + 0x8000) >> 16;
}

// @ts-ignore: decorator
@inline
function greyOf<Pixel>(x: usize, y: usize, pixels: i32): void {
  const channels = channelsOf<Pixel>();
  const nothing = noneOf(pixels);
  const rg = channelsOfFour<Pixel>(0, 1, nothing), gb = channelsOfFour<Pixel>(1, 2, nothing);
  const w = held(i32x4.splat(redGreenWeights), nothing), u = held(i32x4.splat(greenBlueWeights), nothing);
  const half = held(i32x4.splat(greyHalf), nothing);
  for (; pixels >= 16; pixels -= 16, x += 16 * channels, y += 16) {
    const p = v128.load(x), q = v128.load(x + 4 * channels), r = v128.load(x + 8 * channels), s = v128.load(x + 12 * channels);
    const a = greysOfFour(picked(p, rg), picked(p, gb), w, u, half), b = greysOfFour(picked(q, rg), picked(q, gb), w, u, half);
    const c = greysOfFour(picked(r, rg), picked(r, gb), w, u, half), d = greysOfFour(picked(s, rg), picked(s, gb), w, u, half);
    v128.store(y, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
  }
  for (; pixels > 0; pixels--, x += channels, y++) store<u8>(y, <u8>one(x));
}

/** y[pixels] = the grey of x[pixels][channels], channels 3 or 4 (the fourth is left out). */
export function grey(x: usize, y: usize, pixels: i32, channels: i32): void {
  if (channels == 3) greyOf<Rgb>(x, y, pixels);
  else greyOf<Rgba>(x, y, pixels);
}

// @ts-ignore: decorator
@inline
function desaturated<Pixel>(x: usize, y: usize, pixels: i32): void {
  const channels = channelsOf<Pixel>();
  const nothing = noneOf(pixels);
  const rg = channelsOfFour<Pixel>(0, 1, nothing), gb = channelsOfFour<Pixel>(1, 2, nothing);
  const w = held(i32x4.splat(redGreenWeights), nothing), u = held(i32x4.splat(greenBlueWeights), nothing);
  const half = held(i32x4.splat(greyHalf), nothing);
  const triples = channels == 3
    ? held(i8x16(0, 0, 0, 4, 4, 4, 8, 8, 8, 12, 12, 12, -1, -1, -1, -1), nothing)
    : held(i8x16(0, 0, 0, -1, 4, 4, 4, -1, 8, 8, 8, -1, 12, 12, 12, -1), nothing);
  const opacity = held(i32x4.splat(0xff000000), nothing);
  // A store writes 16 bytes for 12 where pixels have three: one pixel or two more must follow, and be written after it.
  for (const least = channels == 3 ? 6 : 4; pixels >= least; pixels -= 4, x += 4 * channels, y += 4 * channels) {
    const p = v128.load(x);
    const greys = picked(greysOfFour(picked(p, rg), picked(p, gb), w, u, half), triples);
    v128.store(y, channels == 3 ? greys : v128.or(greys, v128.and(p, opacity)));
  }
  for (; pixels > 0; pixels--, x += channels, y += channels) {
    const value = <u8>one(x);
    store<u8>(y, value);
    store<u8>(y, value, 1);
    store<u8>(y, value, 2);
    if (channels == 4) store<u8>(y, load<u8>(x, 3), 3);
  }
}

/** y = x without colour: its grey in the first three of 3 or 4 channels; the fourth stays. */
export function desaturate(x: usize, y: usize, pixels: i32, channels: i32): void {
  if (channels == 3) desaturated<Rgb>(x, y, pixels);
  else desaturated<Rgba>(x, y, pixels);
}
