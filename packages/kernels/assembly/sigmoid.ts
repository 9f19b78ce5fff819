import { sigmoid4 } from './elementary';
import { storeLanes } from './lanes';

// @ts-ignore: decorator
@inline
function gradient(y: v128, dy: v128): v128 {
  return f32x4.mul(f32x4.mul(dy, y), f32x4.sub(f32x4.splat(1), y));
}

/** y = 1/(1 + e^−x). y may be x. */
export function sigmoidForward(x: usize, y: usize, length: i32): void {
  for (; length >= 8; length -= 8, x += 32, y += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(y, sigmoid4(b), 16);
    v128.store(y, sigmoid4(a));
  }
  for (; length >= 4; length -= 4, x += 16, y += 16) v128.store(y, sigmoid4(v128.load(x)));
  if (length > 0) storeLanes(y, sigmoid4(v128.load(x)), length);
}

/** dx = dy·y·(1 − y). dx may be dy. */
export function sigmoidBackward(y: usize, dy: usize, dx: usize, length: i32): void {
  for (; length >= 8; length -= 8, y += 32, dy += 32, dx += 32) {
    const a = v128.load(y), b = v128.load(y, 16), da = v128.load(dy), db = v128.load(dy, 16);
    v128.store(dx, gradient(b, db), 16);
    v128.store(dx, gradient(a, da));
  }
  for (; length >= 4; length -= 4, y += 16, dy += 16, dx += 16) {
    v128.store(dx, gradient(v128.load(y), v128.load(dy)));
  }
  if (length > 0) storeLanes(dx, gradient(v128.load(y), v128.load(dy)), length);
}
