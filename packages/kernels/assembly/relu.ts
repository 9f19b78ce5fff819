/** y = max(x, 0), as PyTorch's: not-a-number stays. y may be x. `length` is a multiple of 4. */
export function reluForward(x: usize, y: usize, length: i32): void {
  const zero = f32x4.splat(0);
  const end = x + (<usize>length << 2);
  for (; x < end; x += 16, y += 16) v128.store(y, f32x4.max(v128.load(x), zero));
}

/** dx = dy where y > 0, else 0. dx may be dy. `length` is a multiple of 4. */
export function reluBackward(y: usize, dy: usize, dx: usize, length: i32): void {
  const zero = f32x4.splat(0);
  const end = y + (<usize>length << 2);
  for (; y < end; y += 16, dy += 16, dx += 16) v128.store(dx, v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero)));
}
