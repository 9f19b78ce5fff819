/** The sum of `length` bytes, exact. */
export function byteSum(x: usize, length: i32): f64 {
  let total: i64 = 0;
  while (length >= 16) {
    // 4,096 vectors add up to less than 2³² in each lane.
    let sums: v128 = i32x4.splat(0);
    for (let i = 0; i < 4096 && length >= 16; i++, length -= 16, x += 16) {
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v128.load(x))));
    }
    total += <i64>i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  }
  for (; length > 0; length--, x++) total += load<u8>(x);
  return <f64>total;
}
