import { exponential4, gaussian4, largerSigmoid4, normalArgument4, normalTail4 } from './elementary';
import { storeLanes } from './lanes';
import { madd } from './madd';

// @ts-ignore: decorator
@inline
const INVERSE_ROOT_2_PI: f32 = 0.3989422804;
// Twice √(2/π), and that times 0.044715: (1 + tanh u)/2 is the logistic function of 2u.
// @ts-ignore: decorator
@inline
const LINEAR: f32 = 1.5957691216;
// @ts-ignore: decorator
@inline
const CUBIC: f32 = 0.0713548162726;

/** The normal distribution's Φ(x), given Φ(−|x|). */
// @ts-ignore: decorator
@inline
function distribution(x: v128, tail: v128): v128 {
  return v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(x, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function value(x: v128): v128 {
  const a = normalArgument4(x);
  return f32x4.mul(x, distribution(x, normalTail4(a, gaussian4(a))));
}

// @ts-ignore: decorator
@inline
function gradient(x: v128, dy: v128): v128 {
  const a = normalArgument4(x), g = gaussian4(a);
  const density = f32x4.mul(g, f32x4.splat(INVERSE_ROOT_2_PI));
  return f32x4.mul(dy, madd(x, density, distribution(x, normalTail4(a, g))));
}

// @ts-ignore: decorator
@inline
function tanhArgument(x: v128): v128 {
  return f32x4.mul(x, madd(f32x4.mul(x, x), f32x4.splat(CUBIC), f32x4.splat(LINEAR)));
}

// @ts-ignore: decorator
@inline
function tanhValue(x: v128): v128 {
  return f32x4.div(x, f32x4.add(f32x4.splat(1), exponential4(f32x4.neg(tanhArgument(x)))));
}

// @ts-ignore: decorator
@inline
function tanhGradient(x: v128, dy: v128): v128 {
  // Beyond ±15 the slope is 0 or 1, and x² may not overflow.
  const c = f32x4.pmax(f32x4.pmin(x, f32x4.splat(15)), f32x4.splat(-15));
  const power = exponential4(f32x4.neg(f32x4.abs(tanhArgument(c)))), larger = largerSigmoid4(power);
  const smaller = f32x4.mul(power, larger);
  const s = v128.bitselect(smaller, larger, f32x4.lt(c, f32x4.splat(0)));
  const derivative = madd(f32x4.mul(c, c), f32x4.splat(3 * CUBIC), f32x4.splat(LINEAR));
  return f32x4.mul(dy, madd(f32x4.mul(c, derivative), f32x4.mul(larger, smaller), s));
}

/** y = x·Φ(x), with the normal distribution's Φ(x) = (1 + erf(x/√2))/2. y may be x. */
export function geluForward(x: usize, y: usize, length: i32): void {
  for (; length >= 8; length -= 8, x += 32, y += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(y, value(b), 16);
    v128.store(y, value(a));
  }
  for (; length >= 4; length -= 4, x += 16, y += 16) v128.store(y, value(v128.load(x)));
  if (length > 0) storeLanes(y, value(v128.load(x)), length);
}

/** dx = dy·(Φ(x) + x·e^(−x²/2)/√(2π)). dx may be dy. */
export function geluBackward(x: usize, dy: usize, dx: usize, length: i32): void {
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

/** y = x·(1 + tanh u)/2 with u = √(2/π)·(x + 0.044715·x³). y may be x. */
export function geluTanhForward(x: usize, y: usize, length: i32): void {
  for (; length >= 8; length -= 8, x += 32, y += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(y, tanhValue(b), 16);
    v128.store(y, tanhValue(a));
  }
  for (; length >= 4; length -= 4, x += 16, y += 16) v128.store(y, tanhValue(v128.load(x)));
  if (length > 0) storeLanes(y, tanhValue(v128.load(x)), length);
}

/** dx = dy·(s + x·s·(1 − s)·2u') with s = (1 + tanh u)/2. dx may be dy. */
export function geluTanhBackward(x: usize, dy: usize, dx: usize, length: i32): void {
  for (; length >= 8; length -= 8, x += 32, dy += 32, dx += 32) {
    const a = v128.load(x), b = v128.load(x, 16), da = v128.load(dy), db = v128.load(dy, 16);
    v128.store(dx, tanhGradient(b, db), 16);
    v128.store(dx, tanhGradient(a, da));
  }
  for (; length >= 4; length -= 4, x += 16, dy += 16, dx += 16) {
    v128.store(dx, tanhGradient(v128.load(x), v128.load(dy)));
  }
  if (length > 0) storeLanes(dx, tanhGradient(v128.load(x), v128.load(dy)), length);
}
