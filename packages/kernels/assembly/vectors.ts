/** left += right, over whole vectors. */
export function addVectors(left: usize, right: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(left + i, f32x4.add(v128.load(left + i), v128.load(right + i)));
}

/** Copies `bytes`, by vectors where they are whole: `memory.copy` costs a call into the engine, much for a row of a panel. */
// @ts-ignore: decorator
@inline
export function copyRow(to: usize, from: usize, bytes: usize): void {
  if (bytes & 15) {
    memory.copy(to, from, bytes);
    return;
  }
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(from + i));
}

/** to[4][columns] = from[columns][4] turned: four rows of four floats each, `fromRow` bytes apart, stored `toRow` bytes apart. */
// @ts-ignore: decorator
@inline
export function transpose4x4(from: usize, fromRow: usize, to: usize, toRow: usize): void {
  const a = v128.load(from), b = v128.load(from + fromRow), c = v128.load(from + 2 * fromRow), d = v128.load(from + 3 * fromRow);
  const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(ab01, cd01, 0, 2));
  v128.store(to + toRow, v128.shuffle<f64>(ab01, cd01, 1, 3));
  v128.store(to + 2 * toRow, v128.shuffle<f64>(ab23, cd23, 0, 2));
  v128.store(to + 3 * toRow, v128.shuffle<f64>(ab23, cd23, 1, 3));
}

/** Bytes of a cache's line. */
export const LINE: usize = 64;

/**
 * Reads a value every `step` bytes, so that what is about to be read is in the cache. In order, one read need not wait for another, and
 * the machine reads ahead; the strides of a kernel it often does not foresee. Writes a vector at `to`, or nothing would read.
 */
export function touch(from: usize, bytes: usize, step: usize, to: usize): void {
  let values = f32x4.splat(0);
  for (const end = from + bytes; from < end; from += step) values = v128.or(values, v128.load32_zero(from));
  v128.store(to, values);
}

/** Reads `bytes` of some rows of each of nine taps, likewise: pieces of rows the machine does not foresee. */
export function touchTaps(w: usize, rows: i32, row: usize, bytes: usize, tapBytes: usize, to: usize): void {
  for (let tap = 0; tap < 9; tap++, w += tapBytes) {
    for (let line: usize = 0; line < bytes; line += LINE) touch(w + line, row * rows, row, to);
  }
}
