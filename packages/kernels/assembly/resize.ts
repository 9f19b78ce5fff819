import { storeBytes } from './bytes';
import { held, noneOf, picked } from './held';
import { channelsOf, Rgb, Rgba } from './pixels';

/** What one half is in 22-bit fixed point: the sums begin with it, so that the shift rounds. */
const half: i32 = 1 << 21;

// @ts-ignore: decorator
@inline
function clamped(sum: i32): u8 {
  return <u8>max(0, min(255, sum >> 22));
}

/** One channel: `count` values by their weights. */
// @ts-ignore: decorator
@inline
function greyRow(x: usize, bounds: usize, weights: usize, taps: i32, y: usize, outputWidth: i32): void {
  for (let i = 0; i < outputWidth; i++, bounds += 8, weights += <usize>taps << 2) {
    let from = x + load<i32>(bounds), sum = half;
    const end = weights + (<usize>load<i32>(bounds, 4) << 2);
    for (let weight = weights; weight < end; weight += 4, from++) sum += load<i32>(weight) * <i32>load<u8>(from);
    store<u8>(y + i, clamped(sum));
  }
}

/** Stores a pixel of three or four bytes. */
// @ts-ignore: decorator
@inline
function storePixel<Pixel>(y: usize, bytes: u32): void {
  if (channelsOf<Pixel>() == 4) store<u32>(y, bytes);
  else {
    store<u16>(y, <u16>bytes);
    store<u8>(y, <u8>(bytes >> 16), 2);
  }
}

/**
 * Four rows at once, which share the weights, two neighbouring pixels at a time. A weight is split into its lowest 12 bits and the
 * rest, so that each fits int16 and the sums of products are the same as with whole ones.
 */
// @ts-ignore: decorator
@inline
function fourRows<Pixel>(
  x0: usize, x1: usize, x2: usize, x3: usize, bounds: usize, weights: usize, taps: i32, y0: usize, y1: usize, y2: usize,
  y3: usize, outputWidth: i32,
): void {
  const channels = channelsOf<Pixel>(), nothing = noneOf(outputWidth);
  const pairs = channels == 3
    ? held(i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1), nothing)
    : held(i8x16(0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1), nothing);
  const lowest = held(i32x4.splat(0xfff), nothing), rounding = held(i32x4.splat(half), nothing);
  for (let i = 0; i < outputWidth; i++, bounds += 8, weights += <usize>taps << 2) {
    let at = <usize>(load<i32>(bounds) * channels), weight = weights;
    let a = rounding, b = rounding, c = rounding, d = rounding;
    let e: v128 = i32x4.splat(0), f = e, g = e, h = e;
    for (let count = load<i32>(bounds, 4); count > 0; count -= 2, weight += 8, at += 2 * channels) {
      let both: v128 = v128.load64_splat(weight);
      if (count == 1) {
        const last = v128.load32_zero(weight);
        both = v128.shuffle<i32>(last, last, 0, 1, 0, 1);
      }
      const low = v128.and(both, lowest), high = i32x4.shr_s(both, 12);
      const lows = i16x8.narrow_i32x4_s(low, low), highs = i16x8.narrow_i32x4_s(high, high);
      const p = picked(v128.load64_zero(x0 + at), pairs), q = picked(v128.load64_zero(x1 + at), pairs);
      const r = picked(v128.load64_zero(x2 + at), pairs), s = picked(v128.load64_zero(x3 + at), pairs);
      a = i32x4.add(a, i32x4.dot_i16x8_s(p, lows));
      b = i32x4.add(b, i32x4.dot_i16x8_s(q, lows));
      c = i32x4.add(c, i32x4.dot_i16x8_s(r, lows));
      d = i32x4.add(d, i32x4.dot_i16x8_s(s, lows));
      e = i32x4.add(e, i32x4.dot_i16x8_s(p, highs));
      f = i32x4.add(f, i32x4.dot_i16x8_s(q, highs));
      g = i32x4.add(g, i32x4.dot_i16x8_s(r, highs));
      h = i32x4.add(h, i32x4.dot_i16x8_s(s, highs));
    }
    const first = i32x4.shr_s(i32x4.add(a, i32x4.shl(e, 12)), 22), second = i32x4.shr_s(i32x4.add(b, i32x4.shl(f, 12)), 22);
    const third = i32x4.shr_s(i32x4.add(c, i32x4.shl(g, 12)), 22), fourth = i32x4.shr_s(i32x4.add(d, i32x4.shl(h, 12)), 22);
    const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(first, second), i16x8.narrow_i32x4_s(third, fourth));
    const to = <usize>(i * channels);
    storePixel<Pixel>(y0 + to, i32x4.extract_lane(bytes, 0));
    storePixel<Pixel>(y1 + to, i32x4.extract_lane(bytes, 1));
    storePixel<Pixel>(y2 + to, i32x4.extract_lane(bytes, 2));
    storePixel<Pixel>(y3 + to, i32x4.extract_lane(bytes, 3));
  }
}

/**
 * y[height][outputWidth] = weighted sums along the rows of x[height][width], for 1, 3 or 4 channels: column i is the sum over
 * `count` columns from `first` on, `bounds` int32 [outputWidth][2] (first, count), with the weights of `weights` int32
 * [outputWidth][taps], in 22-bit fixed point; rounded and clamped. The same as Pillow's ImagingResampleHorizontal.
 */
export function resizeRows(
  x: usize, height: i32, width: i32, channels: i32, bounds: usize, weights: usize, taps: i32, y: usize, outputWidth: i32,
): void {
  const stride = <usize>(width * channels), outputStride = <usize>(outputWidth * channels);
  if (channels == 1) {
    for (; height > 0; height--, x += stride, y += outputStride) greyRow(x, bounds, weights, taps, y, outputWidth);
    return;
  }
  for (; height > 0; height -= 4, x += 4 * stride, y += 4 * outputStride) {
    // Where there are fewer than four, the last is made more than once.
    const one = <usize>min(1, height - 1), two = <usize>min(2, height - 1), three = <usize>min(3, height - 1);
    const x1 = x + one * stride, x2 = x + two * stride, x3 = x + three * stride;
    const y1 = y + one * outputStride, y2 = y + two * outputStride, y3 = y + three * outputStride;
    if (channels == 3) fourRows<Rgb>(x, x1, x2, x3, bounds, weights, taps, y, y1, y2, y3, outputWidth);
    else fourRows<Rgba>(x, x1, x2, x3, bounds, weights, taps, y, y1, y2, y3, outputWidth);
  }
}

/** The same down the columns: y[outputHeight][length] of x[…][length], where a row is `length` bytes. */
export function resizeColumns(x: usize, length: i32, bounds: usize, weights: usize, taps: i32, y: usize, outputHeight: i32): void {
  for (let row = 0; row < outputHeight; row++, bounds += 8, weights += <usize>taps << 2) {
    const first = x + <usize>load<i32>(bounds) * length;
    const end = weights + (<usize>load<i32>(bounds, 4) << 2);
    for (let i = 0; i < length; i += 16, y += 16) {
      let from = first + i;
      let a: v128 = i32x4.splat(half), b = a, c = a, d = a;
      for (let weight = weights; weight < end; weight += 4, from += length) {
        const bytes = v128.load(from), factor = v128.load32_splat(weight);
        const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), factor));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), factor));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), factor));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), factor));
      }
      const lows = i16x8.narrow_i32x4_s(i32x4.shr_s(a, 22), i32x4.shr_s(b, 22));
      const highs = i16x8.narrow_i32x4_s(i32x4.shr_s(c, 22), i32x4.shr_s(d, 22));
      const result = i8x16.narrow_i16x8_u(lows, highs);
      if (i + 16 <= length) v128.store(y, result);
      else storeBytes(y, result, length - i);
    }
    y -= ((length + 15) & ~15) - length;
  }
}
