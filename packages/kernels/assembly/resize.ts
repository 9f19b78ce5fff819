import { storeBytes } from './bytes';

/** What one half is in 22-bit fixed point: the sums begin with it, so that the shift rounds. */
const half: i32 = 1 << 21;

// @ts-ignore: decorator
@inline
function clamped(sum: i32): u8 {
  return <u8>max(0, min(255, sum >> 22));
}

/**
 * y[height][outputWidth] = weighted sums along the rows of x[height][width], for 1, 3 or 4 channels: column i is the sum over
 * `count` columns from `first` on, `bounds` int32 [outputWidth][2] (first, count), with the weights of `weights` int32
 * [outputWidth][taps], in 22-bit fixed point; rounded and clamped. The same as Pillow's ImagingResampleHorizontal.
 */
export function resizeRows(
  x: usize, height: i32, width: i32, channels: i32, bounds: usize, weights: usize, taps: i32, y: usize, outputWidth: i32,
): void {
  const stride = <usize>(width * channels);
  for (let row = 0; row < height; row++, x += stride) {
    let bound = bounds, weightsOf = weights;
    for (let i = 0; i < outputWidth; i++, bound += 8, weightsOf += <usize>taps << 2, y += channels) {
      let from = x + load<i32>(bound) * channels;
      let weight = weightsOf;
      const end = weight + (<usize>load<i32>(bound, 4) << 2);
      if (channels == 1) {
        let sum = half;
        for (; weight < end; weight += 4, from++) sum += load<i32>(weight) * <i32>load<u8>(from);
        store<u8>(y, clamped(sum));
      } else {
        let sums: v128 = i32x4.splat(half);
        for (; weight < end; weight += 4, from += channels) {
          const pixel = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from)));
          sums = i32x4.add(sums, i32x4.mul(pixel, v128.load32_splat(weight)));
        }
        const words = i32x4.shr_s(sums, 22);
        const halves = i16x8.narrow_i32x4_s(words, words);
        const bytes = i8x16.narrow_i16x8_u(halves, halves);
        if (channels == 4) v128.store32_lane(y, bytes, 0);
        else {
          v128.store16_lane(y, bytes, 0);
          v128.store8_lane(y, bytes, 2, 2);
        }
      }
    }
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
