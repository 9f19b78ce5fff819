/** y[row] = x[row] with its pixels in the opposite order, for 1, 3 or 4 channels. */
export function flipHorizontal(x: usize, y: usize, height: i32, width: i32, channels: i32): void {
  const stride = <usize>(width * channels), pixel = <usize>channels;
  for (; height > 0; height--, x += stride, y += stride) {
    let from = x + stride, to = y, rest = width;
    if (channels == 1) {
      for (; rest >= 16; rest -= 16, to += 16) {
        from -= 16;
        const p = v128.load(from);
        v128.store(to, i8x16.shuffle(p, p, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
      }
    } else if (channels == 3) {
      // Five pixels, and a sixteenth byte that the next pixel overwrites.
      for (; rest >= 6; rest -= 5, to += 15) {
        from -= 15;
        const p = v128.load(from);
        v128.store(to, i8x16.shuffle(p, p, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2, 0));
      }
    } else {
      for (; rest >= 4; rest -= 4, to += 16) {
        from -= 16;
        const p = v128.load(from);
        v128.store(to, v128.shuffle<i32>(p, p, 3, 2, 1, 0));
      }
    }
    for (; rest > 0; rest--, to += pixel) {
      from -= pixel;
      for (let i: usize = 0; i < pixel; i++) store<u8>(to + i, load<u8>(from + i));
    }
  }
}
