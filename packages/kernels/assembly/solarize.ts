import { colourBytes, storeBytes } from './bytes';

// @ts-ignore: decorator
@inline
function inverted(x: v128, threshold: v128, colours: v128): v128 {
  return v128.xor(x, v128.and(i8x16.ge_u(x, threshold), colours));
}

/** y = x < threshold ? x : 255 − x, threshold in 0..255; the fourth channel stays. y may be x. */
export function solarize(x: usize, y: usize, pixels: i32, channels: i32, threshold: i32): void {
  const limit = i8x16.splat(<i8>threshold), colours = colourBytes(channels);
  let length = pixels * channels;
  for (; length >= 32; length -= 32, x += 32, y += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(y, inverted(b, limit, colours), 16);
    v128.store(y, inverted(a, limit, colours));
  }
  for (; length >= 16; length -= 16, x += 16, y += 16) v128.store(y, inverted(v128.load(x), limit, colours));
  if (length > 0) storeBytes(y, inverted(v128.load(x), limit, colours), length);
}

// @ts-ignore: decorator
@inline
function added(x: v128, threshold: v128, addition: v128): v128 {
  return i8x16.add_sat_u(x, v128.and(i8x16.lt_u(x, threshold), addition));
}

/** y = x < threshold ? min(x + addition, 255) : x, both in 0..255; the fourth channel stays. y may be x. */
export function solarizeAdd(x: usize, y: usize, pixels: i32, channels: i32, threshold: i32, addition: i32): void {
  const limit = i8x16.splat(<i8>threshold), more = v128.and(i8x16.splat(<i8>addition), colourBytes(channels));
  let length = pixels * channels;
  for (; length >= 32; length -= 32, x += 32, y += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(y, added(b, limit, more), 16);
    v128.store(y, added(a, limit, more));
  }
  for (; length >= 16; length -= 16, x += 16, y += 16) v128.store(y, added(v128.load(x), limit, more));
  if (length > 0) storeBytes(y, added(v128.load(x), limit, more), length);
}
