import { exponential4, sigmoid4 } from './elementary';
import { storeLanes } from './lanes';
import { madd } from './madd';

// @ts-ignore: decorator
@inline
function value(x: v128): v128 {
  return f32x4.div(x, f32x4.add(f32x4.splat(1), exponential4(f32x4.neg(x))));
}

// @ts-ignore: decorator
@inline
function gradient(x: v128, dy: v128): v128 {
  const one = f32x4.splat(1), s = sigmoid4(x);
  return f32x4.mul(f32x4.mul(dy, s), madd(x, f32x4.sub(one, s), one));
}

/** y = x/(1 + e^−x). y may be x. */
export function siluForward(x: usize, y: usize, length: i32): void {
  for (; length >= 4; length -= 4, x += 16, y += 16) v128.store(y, value(v128.load(x)));
  if (length > 0) storeLanes(y, value(v128.load(x)), length);
}

/** dx = dy·s·(1 + x·(1 − s)) with s = 1/(1 + e^−x). dx may be dy. */
export function siluBackward(x: usize, dy: usize, dx: usize, length: i32): void {
  for (; length >= 4; length -= 4, x += 16, dy += 16, dx += 16) {
    v128.store(dx, gradient(v128.load(x), v128.load(dy)));
  }
  if (length > 0) storeLanes(dx, gradient(v128.load(x), v128.load(dy)), length);
}
