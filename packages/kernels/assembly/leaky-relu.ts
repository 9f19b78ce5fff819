import { storeLanes } from './lanes';

// @ts-ignore: decorator
@inline
function value(x: v128, slope: v128): v128 {
  return v128.bitselect(x, f32x4.mul(x, slope), f32x4.gt(x, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function gradient(x: v128, dy: v128, slope: v128): v128 {
  return v128.bitselect(dy, f32x4.mul(dy, slope), f32x4.gt(x, f32x4.splat(0)));
}

/** y = x where x > 0, else slope·x. y may be x. */
export function leakyReluForward(x: usize, y: usize, length: i32, negativeSlope: f32): void {
  const slope = f32x4.splat(negativeSlope);
  for (; length >= 8; length -= 8, x += 32, y += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(y, value(b, slope), 16);
    v128.store(y, value(a, slope));
  }
  for (; length >= 4; length -= 4, x += 16, y += 16) v128.store(y, value(v128.load(x), slope));
  if (length > 0) storeLanes(y, value(v128.load(x), slope), length);
}

/** dx = dy where x > 0, else slope·dy; y does for x unless the slope is negative. dx may be dy. */
export function leakyReluBackward(x: usize, dy: usize, dx: usize, length: i32, negativeSlope: f32): void {
  const slope = f32x4.splat(negativeSlope);
  for (; length >= 8; length -= 8, x += 32, dy += 32, dx += 32) {
    const a = v128.load(x), b = v128.load(x, 16), da = v128.load(dy), db = v128.load(dy, 16);
    v128.store(dx, gradient(b, db, slope), 16);
    v128.store(dx, gradient(a, da, slope));
  }
  for (; length >= 4; length -= 4, x += 16, dy += 16, dx += 16) {
    v128.store(dx, gradient(v128.load(x), v128.load(dy), slope));
  }
  if (length > 0) storeLanes(dx, gradient(v128.load(x), v128.load(dy), slope), length);
}
