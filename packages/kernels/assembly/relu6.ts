import { storeLanes } from './lanes';

// @ts-ignore: decorator
@inline
function value(x: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(0)), f32x4.splat(6));
}

// @ts-ignore: decorator
@inline
function slope(y: v128, dy: v128): v128 {
  return v128.and(dy, v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.lt(y, f32x4.splat(6))));
}

/** y = min(max(x, 0), 6); not-a-number stays. y may be x. */
export function relu6Forward(x: usize, y: usize, length: i32): void {
  for (; length >= 8; length -= 8, x += 32, y += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(y, value(b), 16);
    v128.store(y, value(a));
  }
  for (; length >= 4; length -= 4, x += 16, y += 16) v128.store(y, value(v128.load(x)));
  if (length > 0) storeLanes(y, value(v128.load(x)), length);
}

/** dx = dy where 0 < y < 6, else 0. dx may be dy. */
export function relu6Backward(y: usize, dy: usize, dx: usize, length: i32): void {
  for (; length >= 8; length -= 8, y += 32, dy += 32, dx += 32) {
    const a = v128.load(y), b = v128.load(y, 16), da = v128.load(dy), db = v128.load(dy, 16);
    v128.store(dx, slope(b, db), 16);
    v128.store(dx, slope(a, da));
  }
  for (; length >= 4; length -= 4, y += 16, dy += 16, dx += 16) {
    v128.store(dx, slope(v128.load(y), v128.load(dy)));
  }
  if (length > 0) storeLanes(dx, slope(v128.load(y), v128.load(dy)), length);
}
