import { power4 } from './elementary';
import { storeLanes } from './lanes';
import { madd } from './madd';

/**
 * Local response normalisation: each value is divided by a power of d = k + alpha/size·Σ x² over `size` channels around its own,
 * size/2 before it and (size − 1)/2 after it, rounded down; those that are not there count as 0.
 *
 * A pixel at a time: what is summed is written between zeros, so that the windows need no tests of their ends. Sums are made anew for
 * each window, so that each has its own channels' errors only.
 */

/** Bytes of a row with its zeros; its last group of four may be read past the channels. */
// @ts-ignore: decorator
@inline
function paddedBytes(channels: i32, size: i32): usize {
  return <usize>(channels + size + 3) << 2;
}

/** The sums of `size` neighbours, for four windows one after the other. */
// @ts-ignore: decorator
@inline
function windows(from: usize, size: i32): v128 {
  let sum = v128.load(from);
  for (let i: usize = 4; i < <usize>size << 2; i += 4) sum = f32x4.add(sum, v128.load(from + i));
  return sum;
}

/** to[c] = x[c]² */
// @ts-ignore: decorator
@inline
function squares(x: usize, to: usize, channels: i32): void {
  for (let c = channels; c > 0; c -= 4, x += 16, to += 16) {
    const value = v128.load(x);
    storeLanes(to, f32x4.mul(value, value), c);
  }
}

/** y = x·d^−beta of x[rows][channels], with `share` = alpha/size. y may be x. */
export function localResponseNormForward(x: usize, y: usize, rows: i32, channels: i32, size: i32, share: f64, beta: f64, k: f64, spare: usize): void {
  memory.fill(spare, 0, paddedBytes(channels, size));
  const a = f32x4.splat(<f32>share), offset = f32x4.splat(<f32>k);
  const squared = spare + (<usize>(size >> 1) << 2);
  for (; rows > 0; rows--) {
    squares(x, squared, channels);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const d = madd(windows(spare + at, size), a, offset);
      storeLanes(y + at, f32x4.mul(v128.load(x + at), power4(d, -beta)), channels - c);
    }
    x += <usize>channels << 2;
    y += <usize>channels << 2;
  }
}

/**
 * dx = dy·d^−beta − 2·share·beta·x·Σ dy·x·d^(−beta − 1), the sum over the channels whose window has this one in it: those of a
 * window that is turned round. dx may be dy.
 */
export function localResponseNormBackward(x: usize, dy: usize, dx: usize, rows: i32, channels: i32, size: i32, share: f64, beta: f64, k: f64, spare: usize): void {
  const turned = spare + paddedBytes(channels, size);
  memory.fill(spare, 0, 2 * paddedBytes(channels, size));
  const a = f32x4.splat(<f32>share), offset = f32x4.splat(<f32>k), slope = f32x4.splat(<f32>(-2.0 * share * beta));
  const squared = spare + (<usize>(size >> 1) << 2), terms = turned + (<usize>((size - 1) >> 1) << 2);
  const bytes = <usize>channels << 2;
  for (; rows > 0; rows--) {
    squares(x, squared, channels);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const d = madd(windows(spare + at, size), a, offset);
      const gradient = f32x4.mul(v128.load(dy + at), power4(d, -beta));
      storeLanes(terms + at, f32x4.div(f32x4.mul(gradient, v128.load(x + at)), d), channels - c);
      storeLanes(dx + at, gradient, channels - c);
    }
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const sum = f32x4.mul(windows(turned + at, size), v128.load(x + at));
      storeLanes(dx + at, madd(sum, slope, v128.load(dx + at)), channels - c);
    }
    x += bytes;
    dy += bytes;
    dx += bytes;
  }
}
