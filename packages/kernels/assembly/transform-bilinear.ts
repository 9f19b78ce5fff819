// 2⁵²: added to a whole number below it, the number is in the low bits of the sum.
const shifter: f64 = 4503599627370496;

/** trunc(from + (to − from)·by) for values in 0..255; each result is in the first byte of its lane. */
// @ts-ignore: decorator
@inline
function truncated(from: v128, to: v128, by: v128): v128 {
  const value = f64x2.add(from, f64x2.mul(f64x2.sub(to, from), by));
  return f64x2.add(f64x2.floor(value), f64x2.splat(shifter));
}

/** p + (q − p)·by for two int32 in the low lanes of each. */
// @ts-ignore: decorator
@inline
function between(p: v128, q: v128, by: v128): v128 {
  const difference = f64x2.convert_low_i32x4_s(i32x4.sub(q, p));
  return f64x2.add(f64x2.convert_low_i32x4_s(p), f64x2.mul(difference, by));
}

/** The pixel at `to` from the four around (sourceX, sourceY) where some are outside the picture; none if the point is. */
function edge(x: usize, height: i32, width: i32, channels: i32, sourceX: f64, sourceY: f64, to: usize): void {
  // Written so that NaN is outside.
  if (!(sourceX >= 0 && sourceX < <f64>width && sourceY >= 0 && sourceY < <f64>height)) return;
  const left = Math.floor(sourceX - 0.5), top = Math.floor(sourceY - 0.5);
  const dx = sourceX - 0.5 - left, dy = sourceY - 0.5 - top;
  const x0 = max(<i32>left, 0) * channels, x1 = min(<i32>left + 1, width - 1) * channels;
  // Below the last row Pillow takes that row's value again: interpolating between equal values gives the same.
  const upper = x + <usize>max(<i32>top, 0) * width * channels, lower = x + <usize>min(<i32>top + 1, height - 1) * width * channels;
  for (let channel = 0; channel < channels; channel++) {
    const p = <f64>load<u8>(upper + x0 + channel), r = <f64>load<u8>(lower + x0 + channel);
    const v1 = p + (<f64>load<u8>(upper + x1 + channel) - p) * dx;
    const v2 = r + (<f64>load<u8>(lower + x1 + channel) - r) * dx;
    store<u8>(to + channel, <u8>(v1 + (v2 - v1) * dy));
  }
}

/** The pixel at `to` from four pixels within the picture, the first of them at `from`. */
// @ts-ignore: decorator
@inline
function inside(from: usize, stride: usize, channels: i32, dx: v128, dy: v128, to: usize): void {
  const zero: v128 = i8x16.splat(0);
  if (channels == 1) {
    // Both rows in one vector.
    const bytes = v128.load16_lane(from + stride, v128.load16_lane(from, zero, 0), 1);
    const p = i8x16.shuffle(bytes, zero, 0, 16, 16, 16, 2, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
    const q = i8x16.shuffle(bytes, zero, 1, 16, 16, 16, 3, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
    const rows = between(p, q, dx);
    v128.store8_lane(to, truncated(rows, v128.shuffle<i64>(rows, rows, 1, 1), dy), 0);
    return;
  }
  const bytes = v128.load64_lane(from + stride, v128.load64_zero(from), 1);
  if (channels == 3) {
    const p = i8x16.shuffle(bytes, zero, 0, 16, 16, 16, 1, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
    const q = i8x16.shuffle(bytes, zero, 3, 16, 16, 16, 4, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
    const r = i8x16.shuffle(bytes, zero, 8, 16, 16, 16, 9, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
    const s = i8x16.shuffle(bytes, zero, 11, 16, 16, 16, 12, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
    // Blue of both rows in one vector.
    const blueP = i8x16.shuffle(bytes, zero, 2, 16, 16, 16, 10, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
    const blueQ = i8x16.shuffle(bytes, zero, 5, 16, 16, 16, 13, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
    const redGreen = truncated(between(p, q, dx), between(r, s, dx), dy);
    const blues = between(blueP, blueQ, dx);
    const blue = truncated(blues, v128.shuffle<i64>(blues, blues, 1, 1), dy);
    v128.store16_lane(to, i8x16.shuffle(redGreen, zero, 0, 8, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16), 0);
    v128.store8_lane(to, blue, 0, 2);
    return;
  }
  const p = i8x16.shuffle(bytes, zero, 0, 16, 16, 16, 1, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
  const q = i8x16.shuffle(bytes, zero, 4, 16, 16, 16, 5, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
  const r = i8x16.shuffle(bytes, zero, 8, 16, 16, 16, 9, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
  const s = i8x16.shuffle(bytes, zero, 12, 16, 16, 16, 13, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
  const p2 = i8x16.shuffle(bytes, zero, 2, 16, 16, 16, 3, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
  const q2 = i8x16.shuffle(bytes, zero, 6, 16, 16, 16, 7, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
  const r2 = i8x16.shuffle(bytes, zero, 10, 16, 16, 16, 11, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
  const s2 = i8x16.shuffle(bytes, zero, 14, 16, 16, 16, 15, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
  const first = truncated(between(p, q, dx), between(r, s, dx), dy);
  const second = truncated(between(p2, q2, dx), between(r2, s2, dx), dy);
  v128.store32_lane(to, i8x16.shuffle(first, second, 0, 8, 16, 24, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16), 0);
}

/** `channels` and `projective` are constants where this is inlined, and what they exclude falls away. */
// @ts-ignore: decorator
@inline
function resample(
  x: usize, height: i32, width: i32, channels: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32, projective: bool,
): void {
  const stride = <usize>(width * channels);
  const columns = f64x2.replace_lane(v128.load64_splat(matrix), 1, load<f64>(matrix, 24));
  const rows = f64x2.replace_lane(v128.load64_splat(matrix, 8), 1, load<f64>(matrix, 32));
  const offset = f64x2.replace_lane(v128.load64_splat(matrix, 16), 1, load<f64>(matrix, 40));
  const half: v128 = f64x2.splat(0.5);
  // Not beyond the first row and column where there is but one: such a picture has no pixel with four neighbours.
  const limit = f64x2.replace_lane(f64x2.splat(<f64>width - 0.5), 1, <f64>height - 0.5);
  for (let row = 0; row < outputHeight; row++) {
    const outputY = <f64>row + 0.5;
    const ofRow = f64x2.mul(rows, f64x2.splat(outputY));
    let column = half;
    for (let i = 0; i < outputWidth; i++, y += channels, column = f64x2.add(column, f64x2.splat(1))) {
      let source = f64x2.add(f64x2.add(f64x2.mul(columns, column), ofRow), offset);
      if (projective) {
        const divisor = load<f64>(matrix, 48) * (<f64>i + 0.5) + load<f64>(matrix, 56) * outputY + 1;
        source = f64x2.div(source, f64x2.splat(divisor));
      }
      if (i64x2.all_true(v128.and(f64x2.ge(source, half), f64x2.lt(source, limit)))) {
        const at = f64x2.sub(source, half);
        const whole = f64x2.floor(at);
        const fraction = f64x2.sub(at, whole);
        const integers = f64x2.add(whole, f64x2.splat(shifter));
        const from = x + <usize>i32x4.extract_lane(integers, 2) * stride + <usize>(i32x4.extract_lane(integers, 0) * channels);
        inside(from, stride, channels, v128.shuffle<i64>(fraction, fraction, 0, 0), v128.shuffle<i64>(fraction, fraction, 1, 1), y);
      } else {
        edge(x, height, width, channels, f64x2.extract_lane(source, 0), f64x2.extract_lane(source, 1), y);
      }
    }
  }
}

/**
 * Each pixel of y from the four pixels around (a·X + b·Y + c, d·X + e·Y + f), where (X, Y) is its centre, by the operations of
 * Pillow's bilinear filter in double precision. Pixels whose source is outside are left as they are. For 1, 3 or 4 channels.
 */
export function affineBilinear(
  x: usize, height: i32, width: i32, channels: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  if (channels == 1) resample(x, height, width, 1, matrix, y, outputHeight, outputWidth, false);
  else if (channels == 3) resample(x, height, width, 3, matrix, y, outputHeight, outputWidth, false);
  else resample(x, height, width, 4, matrix, y, outputHeight, outputWidth, false);
}

/** The same with both coordinates divided by g·X + h·Y + 1. */
export function perspectiveBilinear(
  x: usize, height: i32, width: i32, channels: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  if (channels == 1) resample(x, height, width, 1, matrix, y, outputHeight, outputWidth, true);
  else if (channels == 3) resample(x, height, width, 3, matrix, y, outputHeight, outputWidth, true);
  else resample(x, height, width, 4, matrix, y, outputHeight, outputWidth, true);
}
