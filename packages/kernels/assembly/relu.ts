import { storeLanes } from './lanes';

/** y = max(x, 0), as PyTorch's: -0 and not-a-number stay. `pmax` is one instruction where `max` is six. y may be x. */
export function reluForward(x: usize, y: usize, length: i32): void {
  const zero = f32x4.splat(0);
  // Two vectors at a time, which V8's revectoriser pairs.
  for (; length >= 8; length -= 8, x += 32, y += 32) {
    const a = f32x4.pmax(v128.load(x), zero), b = f32x4.pmax(v128.load(x, 16), zero);
    v128.store(y, b, 16);
    v128.store(y, a);
  }
  for (; length >= 4; length -= 4, x += 16, y += 16) v128.store(y, f32x4.pmax(v128.load(x), zero));
  if (length > 0) storeLanes(y, f32x4.pmax(v128.load(x), zero), length);
}

/** dx = dy where y > 0, else 0. dx may be dy. */
export function reluBackward(y: usize, dy: usize, dx: usize, length: i32): void {
  const zero = f32x4.splat(0);
  for (; length >= 8; length -= 8, y += 32, dy += 32, dx += 32) {
    const a = v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero));
    const b = v128.and(v128.load(dy, 16), f32x4.gt(v128.load(y, 16), zero));
    v128.store(dx, b, 16);
    v128.store(dx, a);
  }
  for (; length >= 4; length -= 4, y += 16, dy += 16, dx += 16) {
    v128.store(dx, v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero)));
  }
  if (length > 0) storeLanes(dx, v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero)), length);
}
