/**
 * Four grey values as int32, of the first four pixels of a vector of bytes: (19595 R + 38470 G + 7471 B + 2¹⁵) >> 16, the
 * weights of ITU-R 601 in Pillow's fixed point. The middle weight does not fit an int16, so that green counts twice by half.
 */
// @ts-ignore: decorator
@inline
function four(x: v128, channels: i32): v128 {
  const zero: v128 = i8x16.splat(0);
  let redGreen: v128, greenBlue: v128;
  if (channels == 3) {
    redGreen = i8x16.shuffle(x, zero, 0, 16, 1, 16, 3, 16, 4, 16, 6, 16, 7, 16, 9, 16, 10, 16);
    greenBlue = i8x16.shuffle(x, zero, 1, 16, 2, 16, 4, 16, 5, 16, 7, 16, 8, 16, 10, 16, 11, 16);
  } else {
    redGreen = i8x16.shuffle(x, zero, 0, 16, 1, 16, 4, 16, 5, 16, 8, 16, 9, 16, 12, 16, 13, 16);
    greenBlue = i8x16.shuffle(x, zero, 1, 16, 2, 16, 5, 16, 6, 16, 9, 16, 10, 16, 13, 16, 14, 16);
  }
  const first = i32x4.dot_i16x8_s(redGreen, i32x4.splat(19595 | (19235 << 16)));
  const second = i32x4.dot_i16x8_s(greenBlue, i32x4.splat(19235 | (7471 << 16)));
  return i32x4.shr_u(i32x4.add(i32x4.add(first, second), i32x4.splat(0x8000)), 16);
}

// @ts-ignore: decorator
@inline
function one(x: usize): u32 {
  return (19595 * <u32>load<u8>(x) + 38470 * <u32>load<u8>(x, 1) + 7471 * <u32>load<u8>(x, 2) + 0x8000) >> 16;
}

// @ts-ignore: decorator
@inline
function greyOf(x: usize, y: usize, pixels: i32, channels: i32): void {
  for (; pixels >= 16; pixels -= 16, x += 16 * channels, y += 16) {
    const a = four(v128.load(x), channels), b = four(v128.load(x + 4 * channels), channels);
    const c = four(v128.load(x + 8 * channels), channels), d = four(v128.load(x + 12 * channels), channels);
    v128.store(y, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
  }
  for (; pixels > 0; pixels--, x += channels, y++) store<u8>(y, <u8>one(x));
}

/** y[pixels] = the grey of x[pixels][channels], channels 3 or 4 (the fourth is left out). */
export function grey(x: usize, y: usize, pixels: i32, channels: i32): void {
  if (channels == 3) greyOf(x, y, pixels, 3);
  else greyOf(x, y, pixels, 4);
}

/** y = x without colour: its grey in the first three of 3 or 4 channels; the fourth stays. */
export function desaturate(x: usize, y: usize, pixels: i32, channels: i32): void {
  if (channels == 3) {
    // A store writes 16 bytes for 12: one pixel or two more must follow, and be written after it.
    for (; pixels >= 6; pixels -= 4, x += 12, y += 12) {
      v128.store(y, i8x16.shuffle(four(v128.load(x), 3), i8x16.splat(0), 0, 0, 0, 4, 4, 4, 8, 8, 8, 12, 12, 12, 16, 16, 16, 16));
    }
  } else {
    for (; pixels >= 4; pixels -= 4, x += 16, y += 16) {
      const from = v128.load(x);
      v128.store(y, i8x16.shuffle(four(from, 4), from, 0, 0, 0, 19, 4, 4, 4, 23, 8, 8, 8, 27, 12, 12, 12, 31));
    }
  }
  for (; pixels > 0; pixels--, x += channels, y += channels) {
    const value = <u8>one(x);
    store<u8>(y, value);
    store<u8>(y, value, 1);
    store<u8>(y, value, 2);
    if (channels == 4) store<u8>(y, load<u8>(x, 3), 3);
  }
}
