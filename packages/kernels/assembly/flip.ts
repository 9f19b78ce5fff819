import { storeBytes } from './bytes';
import { held, noneOf, picked } from './held';
import { channelsOf, Grey, Rgb, Rgba } from './pixels';

// @ts-ignore: decorator
@inline
function flipOf<Pixel>(x: usize, y: usize, height: i32, width: i32): void {
  const pixel = <usize>channelsOf<Pixel>(), stride = <usize>width * pixel;
  const nothing = noneOf(width);
  const order = pixel == 1
    ? held(i8x16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), nothing)
    : pixel == 3
      ? held(i8x16(12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2, 0), nothing)
      : held(i8x16(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3), nothing);
  // Of three bytes, five pixels and a sixteenth byte that the next pixel overwrites.
  const pixels = <i32>(16 / pixel), least = pixel == 3 ? 6 : pixels, bytes = <usize>pixels * pixel;
  for (; height > 0; height--, x += stride, y += stride) {
    let from = x + stride, to = y, rest = width;
    for (; rest >= least; rest -= pixels, to += bytes) {
      from -= bytes;
      v128.store(to, picked(v128.load(from), order));
    }
    for (; rest > 0; rest--, to += pixel) {
      from -= pixel;
      for (let i: usize = 0; i < pixel; i++) store<u8>(to + i, load<u8>(from + i));
    }
  }
}

/** y[row] = x[row] with its pixels in the opposite order, for 1, 3 or 4 channels. */
export function flipHorizontal(x: usize, y: usize, height: i32, width: i32, channels: i32): void {
  if (channels == 1) flipOf<Grey>(x, y, height, width);
  else if (channels == 3) flipOf<Rgb>(x, y, height, width);
  else flipOf<Rgba>(x, y, height, width);
}

/** y[row] = x[height − 1 − row], rows of `bytes` bytes. y may be x: two rows change places. */
export function flipVertical(x: usize, y: usize, height: i32, bytes: i32): void {
  const whole = <usize>(bytes & ~63), rest = bytes & 15, vectors = <usize>(bytes & ~15);
  let top: usize = 0, bottom = <usize>(height - 1) * <usize>bytes;
  for (let row = 0; row < height; row += 2, top += bytes, bottom -= bytes) {
    const a = x + top, b = x + bottom, c = y + top, d = y + bottom;
    let i: usize = 0;
    for (; i < whole; i += 64) {
      const a0 = v128.load(a + i), a1 = v128.load(a + i, 16), a2 = v128.load(a + i, 32), a3 = v128.load(a + i, 48);
      const b0 = v128.load(b + i), b1 = v128.load(b + i, 16), b2 = v128.load(b + i, 32), b3 = v128.load(b + i, 48);
      v128.store(c + i, b1, 16);
      v128.store(c + i, b0);
      v128.store(c + i, b3, 48);
      v128.store(c + i, b2, 32);
      v128.store(d + i, a1, 16);
      v128.store(d + i, a0);
      v128.store(d + i, a3, 48);
      v128.store(d + i, a2, 32);
    }
    for (; i < vectors; i += 16) {
      const first = v128.load(a + i), second = v128.load(b + i);
      v128.store(c + i, second);
      v128.store(d + i, first);
    }
    if (rest > 0) {
      const first = v128.load(a + i), second = v128.load(b + i);
      storeBytes(c + i, second, rest);
      storeBytes(d + i, first, rest);
    }
  }
}
