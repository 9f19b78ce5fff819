import { storeLanes } from './lanes';

/** Copies `columns` floats of each of `rows` rows, whose beginnings are `fromStride` and `toStride` floats apart. */
export function copyColumns(from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, columns: i32): void {
  const tail = <usize>(columns & ~3) << 2, rest = columns & 3;
  for (; rows > 0; rows--, from += <usize>fromStride << 2, to += <usize>toStride << 2) {
    for (let i: usize = 0; i < tail; i += 16) v128.store(to + i, v128.load(from + i));
    if (rest > 0) storeLanes(to + tail, v128.load(from + tail), rest);
  }
}
