import { exponential4, largerSigmoid4 } from './elementary';
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
  const power = exponential4(f32x4.neg(f32x4.abs(x))), larger = largerSigmoid4(power), smaller = f32x4.mul(power, larger);
  const below = f32x4.lt(x, f32x4.splat(0));
  const s = v128.bitselect(smaller, larger, below), rest = v128.bitselect(larger, smaller, below);
  return f32x4.mul(f32x4.mul(dy, s), madd(x, rest, f32x4.splat(1)));
}

/** y = x/(1 + e^−x). y may be x. */
export function siluForward(x: usize, y: usize, length: i32): void {
  for (; length >= 8; length -= 8, x += 32, y += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(y, value(b), 16);
    v128.store(y, value(a));
  }
  for (; length >= 4; length -= 4, x += 16, y += 16) v128.store(y, value(v128.load(x)));
  if (length > 0) storeLanes(y, value(v128.load(x)), length);
}

/** dx = dy·s·(1 + x·(1 − s)) with s = 1/(1 + e^−x). dx may be dy. */
export function siluBackward(x: usize, dy: usize, dx: usize, length: i32): void {
  for (; length >= 8; length -= 8, x += 32, dy += 32, dx += 32) {
    const a = v128.load(x), b = v128.load(x, 16), da = v128.load(dy), db = v128.load(dy, 16);
    v128.store(dx, gradient(b, db), 16);
    v128.store(dx, gradient(a, da));
  }
  for (; length >= 4; length -= 4, x += 16, dy += 16, dx += 16) {
    v128.store(dx, gradient(v128.load(x), v128.load(dy)));
  }
  if (length > 0) storeLanes(dx, gradient(v128.load(x), v128.load(dy)), length);
}
