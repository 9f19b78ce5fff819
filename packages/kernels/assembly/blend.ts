import { colourBytes, storeBytes } from './bytes';

/** Four results of d + α·(x − d), truncated: i32x4 of the base, i32x4 of the difference. */
// @ts-ignore: decorator
@inline
function mixed(base: v128, difference: v128, alpha: v128): v128 {
  // Not a fused multiply-add: Pillow rounds the product.
  const product = f32x4.mul(alpha, f32x4.convert_i32x4_s(difference));
  return i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.convert_i32x4_s(base), product));
}

/** Sixteen bytes of it; what is outside 0..255 is clamped by the saturation on the way back to bytes. */
// @ts-ignore: decorator
@inline
function sixteen(d: v128, x: v128, alpha: v128): v128 {
  const lowBase = i16x8.extend_low_i8x16_u(d), highBase = i16x8.extend_high_i8x16_u(d);
  const low = i16x8.sub(i16x8.extend_low_i8x16_u(x), lowBase), high = i16x8.sub(i16x8.extend_high_i8x16_u(x), highBase);
  const first = mixed(i32x4.extend_low_i16x8_u(lowBase), i32x4.extend_low_i16x8_s(low), alpha);
  const second = mixed(i32x4.extend_high_i16x8_u(lowBase), i32x4.extend_high_i16x8_s(low), alpha);
  const third = mixed(i32x4.extend_low_i16x8_u(highBase), i32x4.extend_low_i16x8_s(high), alpha);
  const fourth = mixed(i32x4.extend_high_i16x8_u(highBase), i32x4.extend_high_i16x8_s(high), alpha);
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(first, second), i16x8.narrow_i32x4_s(third, fourth));
}

/** y = clamp(trunc(d + α·(x − d))), each operation rounded to float32, as Pillow's ImagingBlend. y may be d or x. */
export function blend(d: usize, x: usize, y: usize, length: i32, alpha: f32): void {
  const factor = f32x4.splat(alpha);
  for (; length >= 16; length -= 16, d += 16, x += 16, y += 16) {
    v128.store(y, sixteen(v128.load(d), v128.load(x), factor));
  }
  if (length > 0) storeBytes(y, sixteen(v128.load(d), v128.load(x), factor), length);
}

/** The same with one value d in 0..255 for all bytes; the fourth channel stays. y may be x. */
export function blendConstant(d: i32, x: usize, y: usize, pixels: i32, channels: i32, alpha: f32): void {
  const factor = f32x4.splat(alpha), base = i8x16.splat(<i8>d), colours = colourBytes(channels);
  let length = pixels * channels;
  for (; length >= 16; length -= 16, x += 16, y += 16) {
    const from = v128.load(x);
    v128.store(y, v128.bitselect(sixteen(base, from, factor), from, colours));
  }
  if (length > 0) {
    const from = v128.load(x);
    storeBytes(y, v128.bitselect(sixteen(base, from, factor), from, colours), length);
  }
}
