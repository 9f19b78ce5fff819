/** left += right, over whole vectors. */
export function addVectors(left: usize, right: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(left + i, f32x4.add(v128.load(left + i), v128.load(right + i)));
}
