import { storeBytes } from './bytes';

/** Copies `bytes` of each of `rows` rows, whose beginnings are `fromStride` and `toStride` bytes apart; either may be negative. */
export function copyRows(from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, bytes: i32): void {
  const whole = <usize>(bytes & ~15), rest = bytes & 15;
  for (; rows > 0; rows--, from += fromStride, to += toStride) {
    for (let i: usize = 0; i < whole; i += 16) v128.store(to + i, v128.load(from + i));
    if (rest > 0) storeBytes(to + whole, v128.load(from + whole), rest);
  }
}
