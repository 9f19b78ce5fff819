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
