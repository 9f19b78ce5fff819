/** Stores the first `count` lanes of a vector, 1 to 4. */
// @ts-ignore: decorator
@inline
export function storeLanes(pointer: usize, vector: v128, count: i32): void {
  if (count >= 4) {
    v128.store(pointer, vector);
    return;
  }
  v128.store32_lane(pointer, vector, 0);
  if (count > 1) v128.store32_lane(pointer, vector, 1, 4);
  if (count > 2) v128.store32_lane(pointer, vector, 2, 8);
}

/** The lower two of four float32 in double precision. */
// @ts-ignore: decorator
@inline
export function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The upper two of four float32 in double precision. */
// @ts-ignore: decorator
@inline
export function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** Four doubles rounded to float32. */
// @ts-ignore: decorator
@inline
export function toFloats(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5);
}

/** Stores the first `count` of four doubles, 1 to 4. */
// @ts-ignore: decorator
@inline
export function storeDoubles(pointer: usize, a: v128, b: v128, count: i32): void {
  if (count >= 4) {
    v128.store(pointer, b, 16);
    v128.store(pointer, a);
    return;
  }
  v128.store64_lane(pointer, a, 0);
  if (count > 1) v128.store64_lane(pointer, a, 1, 8);
  if (count > 2) v128.store64_lane(pointer, b, 0, 16);
}

/** Copies `count` floats: `memory.copy` would be a call into the engine, which costs more than the few floats of a row of a tile. */
export function copyLanes(to: usize, from: usize, count: i32): void {
  for (; count >= 4; count -= 4, to += 16, from += 16) v128.store(to, v128.load(from));
  if (count & 2) {
    store<u64>(to, load<u64>(from));
    to += 8;
    from += 8;
  }
  if (count & 1) store<u32>(to, load<u32>(from));
}
