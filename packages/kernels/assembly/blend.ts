import { colourBytes, storeBytes } from './bytes';

/** Truncates what is well within int32, where the relaxed instruction and the other agree; it is one where the other is six. */
// @ts-ignore: decorator
@inline
function truncated(x: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.relaxed_trunc_f32x4_s(x) : i32x4.trunc_sat_f32x4_s(x);
}

/** d + α·(x − d), truncated: float32x4 of d, int32x4 of x − d. Not a fused multiply-add, since Pillow rounds the product. */
// @ts-ignore: decorator
@inline
export function mixed(base: v128, difference: v128, alpha: v128): v128 {
  return truncated(f32x4.add(base, f32x4.mul(alpha, f32x4.convert_i32x4_s(difference))));
}

/** Sixteen bytes; what is outside 0..255 is clamped by the saturation on the way back to bytes. */
// @ts-ignore: decorator
@inline
function bytes(first: v128, second: v128, third: v128, fourth: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(first, second), i16x8.narrow_i32x4_s(third, fourth));
}

// @ts-ignore: decorator
@inline
function sixteen(d: v128, x: v128, alpha: v128): v128 {
  const lowBase = i16x8.extend_low_i8x16_u(d), highBase = i16x8.extend_high_i8x16_u(d);
  const low = i16x8.sub(i16x8.extend_low_i8x16_u(x), lowBase), high = i16x8.sub(i16x8.extend_high_i8x16_u(x), highBase);
  return bytes(
    mixed(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(lowBase)), i32x4.extend_low_i16x8_s(low), alpha),
    mixed(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(lowBase)), i32x4.extend_high_i16x8_s(low), alpha),
    mixed(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(highBase)), i32x4.extend_low_i16x8_s(high), alpha),
    mixed(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(highBase)), i32x4.extend_high_i16x8_s(high), alpha),
  );
}

/** The same from one value, as float32x4 and as int16x8. */
// @ts-ignore: decorator
@inline
function fromConstant(base: v128, base16: v128, x: v128, alpha: v128, colours: v128): v128 {
  const low = i16x8.sub(i16x8.extend_low_i8x16_u(x), base16), high = i16x8.sub(i16x8.extend_high_i8x16_u(x), base16);
  const mix = bytes(
    mixed(base, i32x4.extend_low_i16x8_s(low), alpha),
    mixed(base, i32x4.extend_high_i16x8_s(low), alpha),
    mixed(base, i32x4.extend_low_i16x8_s(high), alpha),
    mixed(base, i32x4.extend_high_i16x8_s(high), alpha),
  );
  return v128.bitselect(mix, x, colours);
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
  const factor = f32x4.splat(alpha), base = f32x4.splat(<f32>d), base16 = i16x8.splat(<i16>d), colours = colourBytes(channels);
  let length = pixels * channels;
  for (; length >= 16; length -= 16, x += 16, y += 16) {
    v128.store(y, fromConstant(base, base16, v128.load(x), factor, colours));
  }
  if (length > 0) storeBytes(y, fromConstant(base, base16, v128.load(x), factor, colours), length);
}
