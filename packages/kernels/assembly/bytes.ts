/** All bits, but for the fourth byte of every four where a picture has four channels: what may change while transparency stays. */
// @ts-ignore: decorator
@inline
export function colourBytes(channels: i32): v128 {
  return i32x4.splat(channels == 4 ? 0x00ffffff : -1);
}

/** Stores the first `count` bytes of a vector, 1 to 15. */
export function storeBytes(pointer: usize, vector: v128, count: i32): void {
  if (count & 8) {
    v128.store64_lane(pointer, vector, 0);
    pointer += 8;
    vector = v128.shuffle<i64>(vector, vector, 1, 1);
  }
  if (count & 4) {
    v128.store32_lane(pointer, vector, 0);
    pointer += 4;
    vector = v128.shuffle<i32>(vector, vector, 1, 1, 1, 1);
  }
  if (count & 2) {
    v128.store16_lane(pointer, vector, 0);
    pointer += 2;
    vector = v128.shuffle<i16>(vector, vector, 1, 1, 1, 1, 1, 1, 1, 1);
  }
  if (count & 1) v128.store8_lane(pointer, vector, 0);
}
