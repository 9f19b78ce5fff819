import { storeLanes } from './lanes';
import { madd } from './madd';

// @ts-ignore: decorator
@inline
function value(x: v128): v128 {
  const six = f32x4.splat(6);
  const gate = f32x4.pmin(f32x4.pmax(f32x4.add(x, f32x4.splat(3)), f32x4.splat(0)), six);
  return f32x4.div(f32x4.mul(x, gate), six);
}

// @ts-ignore: decorator
@inline
function gradient(x: v128, dy: v128): v128 {
  const three = f32x4.splat(3);
  const middle = f32x4.mul(dy, madd(x, f32x4.splat(1.0 / 3.0), f32x4.splat(0.5)));
  const upper = v128.bitselect(dy, middle, f32x4.gt(x, three));
  return v128.andnot(upper, f32x4.lt(x, f32x4.splat(-3)));
}

/** y = x·min(max(x + 3, 0), 6)/6. y may be x. */
export function hardSwishForward(x: usize, y: usize, length: i32): void {
  for (; length >= 8; length -= 8, x += 32, y += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(y, value(b), 16);
    v128.store(y, value(a));
  }
  for (; length >= 4; length -= 4, x += 16, y += 16) v128.store(y, value(v128.load(x)));
  if (length > 0) storeLanes(y, value(v128.load(x)), length);
}

/** dx = 0 where x < −3, dy where x > 3, else dy·(x/3 + 1/2). dx may be dy. */
export function hardSwishBackward(x: usize, dy: usize, dx: usize, length: i32): void {
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
