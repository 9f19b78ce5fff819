import { storeBytes } from './bytes';

/** A number of each of four bytes' channels, the first of which is the byte at `begin` of a row of pixels. */
// @ts-ignore: decorator
@inline
function lanesFrom(lines: usize, begin: i32, channels: i32): v128 {
  let lanes: v128 = i32x4.splat(load<i32>(lines + (<usize>(begin % channels) << 3)));
  lanes = i32x4.replace_lane(lanes, 1, load<i32>(lines + (<usize>((begin + 1) % channels) << 3)));
  lanes = i32x4.replace_lane(lanes, 2, load<i32>(lines + (<usize>((begin + 2) % channels) << 3)));
  return i32x4.replace_lane(lanes, 3, load<i32>(lines + (<usize>((begin + 3) % channels) << 3)));
}

// @ts-ignore: decorator
@inline
function scaled(x: v128, factor: v128, offset: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.mul(x, factor), offset), 16);
}

/**
 * y = clamp((x·factor + offset) >> 16), with a factor and an offset for each channel: `lines` is int32 [channels][2]. What is
 * shifted fits an int32. y may be x.
 */
export function scaleBytes(x: usize, lines: usize, y: usize, pixels: i32, channels: i32): void {
  // Sixteen bytes are four fours, and one more than whole pixels of three: the next sixteen begin with the channel after.
  let a = lanesFrom(lines, 0, channels), b = lanesFrom(lines, 4, channels), c = lanesFrom(lines, 8, channels);
  let d = lanesFrom(lines + 4, 0, channels), e = lanesFrom(lines + 4, 4, channels), f = lanesFrom(lines + 4, 8, channels);
  for (let length = pixels * channels; length > 0; length -= 16, x += 16, y += 16) {
    const bytes = v128.load(x);
    const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
    const result = i8x16.narrow_i16x8_u(
      i16x8.narrow_i32x4_s(scaled(i32x4.extend_low_i16x8_u(low), a, d), scaled(i32x4.extend_high_i16x8_u(low), b, e)),
      i16x8.narrow_i32x4_s(scaled(i32x4.extend_low_i16x8_u(high), c, f), scaled(i32x4.extend_high_i16x8_u(high), a, d)),
    );
    if (length < 16) {
      storeBytes(y, result, length);
      return;
    }
    v128.store(y, result);
    const first = a, firstOffset = d;
    a = b, b = c, c = first, d = e, e = f, f = firstOffset;
  }
}
