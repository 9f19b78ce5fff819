import { storeBytes } from './bytes';

/** Copies `bytes` of each of `rows` rows, whose beginnings are `fromStride` and `toStride` bytes apart; either may be negative. */
export function copyRows(from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, bytes: i32): void {
  const blocks = <usize>(bytes & ~63), whole = <usize>(bytes & ~15), rest = bytes & 15;
  for (; rows > 0; rows--, from += fromStride, to += toStride) {
    let i: usize = 0;
    for (; i < blocks; i += 64) {
      const a = v128.load(from + i), b = v128.load(from + i, 16), c = v128.load(from + i, 32), d = v128.load(from + i, 48);
      v128.store(to + i, b, 16);
      v128.store(to + i, a);
      v128.store(to + i, d, 48);
      v128.store(to + i, c, 32);
    }
    for (; i < whole; i += 16) v128.store(to + i, v128.load(from + i));
    if (rest > 0) storeBytes(to + whole, v128.load(from + whole), rest);
  }
}
