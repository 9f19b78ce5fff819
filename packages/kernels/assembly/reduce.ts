import { storeLanes } from './lanes';

/** left += right. */
export function add(left: usize, right: usize, length: i32): void {
  // Two vectors at a time, which V8's revectoriser pairs.
  for (; length >= 8; length -= 8, left += 32, right += 32) {
    const a = f32x4.add(v128.load(left), v128.load(right)), b = f32x4.add(v128.load(left, 16), v128.load(right, 16));
    v128.store(left, b, 16);
    v128.store(left, a);
  }
  for (; length >= 4; length -= 4, left += 16, right += 16) v128.store(left, f32x4.add(v128.load(left), v128.load(right)));
  if (length > 0) storeLanes(left, f32x4.add(v128.load(left), v128.load(right)), length);
}

/**
 * out = the sum of `count` rows of `length` floats, in the order of the tree: after row i is pushed on a stack, its two
 * topmost entries are added merges[i] times. The rows are overwritten; no rows make zeros.
 */
export function treeSum(rows: usize, count: i32, length: i32, merges: usize, out: usize): void {
  const bytes = <usize>length << 2;
  if (count == 0) {
    memory.fill(out, 0, bytes);
    return;
  }
  let top = rows;
  for (let i = 0; i < count; i++) {
    const row = rows + bytes * <usize>i;
    if (row != top) memory.copy(top, row, bytes);
    for (let left = load<i32>(merges + (<usize>i << 2)); left > 0; left--) {
      top -= bytes;
      add(top, top + bytes, length);
    }
    top += bytes;
  }
  memory.copy(out, rows, bytes);
}

/** out[c] = the sum of column c of x[rows][channels], in double precision. Eight channels at a time; see batch-norm.ts. */
export function columnSums(x: usize, rows: i32, channels: i32, out: usize): void {
  for (let c = 0; c < channels; c += 8) {
    let p = x + (<usize>c << 2);
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let i = 0; i < rows; i++) {
      const a = v128.load(p), b = v128.load(p, 16);
      s0 = f64x2.add(s0, f64x2.promote_low_f32x4(a));
      s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 2, 3)));
      s2 = f64x2.add(s2, f64x2.promote_low_f32x4(b));
      s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.shuffle<f32>(b, b, 2, 3, 2, 3)));
      p += <usize>channels << 2;
    }
    const left = channels - c, to = out + (<usize>c << 2);
    store<f32>(to, <f32>f64x2.extract_lane(s0, 0));
    if (left > 1) store<f32>(to, <f32>f64x2.extract_lane(s0, 1), 4);
    if (left > 2) store<f32>(to, <f32>f64x2.extract_lane(s1, 0), 8);
    if (left > 3) store<f32>(to, <f32>f64x2.extract_lane(s1, 1), 12);
    if (left > 4) store<f32>(to, <f32>f64x2.extract_lane(s2, 0), 16);
    if (left > 5) store<f32>(to, <f32>f64x2.extract_lane(s2, 1), 20);
    if (left > 6) store<f32>(to, <f32>f64x2.extract_lane(s3, 0), 24);
    if (left > 7) store<f32>(to, <f32>f64x2.extract_lane(s3, 1), 28);
  }
}
