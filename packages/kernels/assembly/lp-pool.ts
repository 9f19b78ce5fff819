import { storeLanes } from './lanes';
import { madd } from './madd';
import { windowBegin, windowEnd } from './windows';

/** Pixels of a whole window over those in the image: PyTorch scales the mean of a window that reaches over the edge. */
// @ts-ignore: decorator
@inline
function scaleOf(top: i32, bottom: i32, left: i32, right: i32, extentHeight: i32, extentWidth: i32): v128 {
  return f32x4.splat(<f32>(<i64>extentHeight * extentWidth) / <f32>((bottom - top) * (right - left)));
}

/** y = √(scale·Σx²) of each window. Without padding and dilation; lanes as in pool.ts. */
export function lpPoolForward(
  x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  extentHeight: i32, extentWidth: i32, strideHeight: i32, strideWidth: i32,
): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = windowBegin(i, height, outputHeight, strideHeight, 0, 1), bottom = windowEnd(i, height, outputHeight, extentHeight, strideHeight, 0);
      for (let j = 0; j < outputWidth; j++) {
        const left = windowBegin(j, width, outputWidth, strideWidth, 0, 1), right = windowEnd(j, width, outputWidth, extentWidth, strideWidth, 0);
        const scale = scaleOf(top, bottom, left, right, extentHeight, extentWidth);
        let from = x + row * top + pixel * left, to = y, c = channels;
        for (; c >= 8; c -= 8, from += 32, to += 32) {
          let sum0 = f32x4.splat(0), sum1 = sum0;
          for (let h = top, line = from; h < bottom; h++, line += row) {
            for (let w = left, p = line; w < right; w++, p += pixel) {
              const value0 = v128.load(p), value1 = v128.load(p, 16);
              sum0 = madd(value0, value0, sum0);
              sum1 = madd(value1, value1, sum1);
            }
          }
          v128.store(to, f32x4.sqrt(f32x4.mul(sum1, scale)), 16);
          v128.store(to, f32x4.sqrt(f32x4.mul(sum0, scale)));
        }
        for (; c > 0; c -= 4, from += 16, to += 16) {
          let sum = f32x4.splat(0);
          for (let h = top, line = from; h < bottom; h++, line += row) {
            for (let w = left, p = line; w < right; w++, p += pixel) {
              const value = v128.load(p);
              sum = madd(value, value, sum);
            }
          }
          storeLanes(to, f32x4.sqrt(f32x4.mul(sum, scale)), c);
        }
        y += pixel;
      }
    }
    x += row * height;
  }
}

// @ts-ignore: decorator
@inline
function slope(y: usize, dy: usize, scale: v128): v128 {
  const norm = v128.load(y);
  return v128.and(f32x4.ne(norm, f32x4.splat(0)), f32x4.div(f32x4.mul(v128.load(dy), scale), norm));
}

/** dx = scale·dy·x/y, 0 where y is 0; added where windows overlap, 0 in no window. */
export function lpPoolBackward(
  x: usize, y: usize, dy: usize, dx: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  extentHeight: i32, extentWidth: i32, strideHeight: i32, strideWidth: i32,
): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  memory.fill(dx, 0, row * height * images);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = windowBegin(i, height, outputHeight, strideHeight, 0, 1), bottom = windowEnd(i, height, outputHeight, extentHeight, strideHeight, 0);
      for (let j = 0; j < outputWidth; j++) {
        const left = windowBegin(j, width, outputWidth, strideWidth, 0, 1), right = windowEnd(j, width, outputWidth, extentWidth, strideWidth, 0);
        const scale = scaleOf(top, bottom, left, right, extentHeight, extentWidth);
        let from = row * top + pixel * left, at: usize = 0, c = channels;
        for (; c >= 8; c -= 8, from += 32, at += 32) {
          const slope0 = slope(y + at, dy + at, scale), slope1 = slope(y + at + 16, dy + at + 16, scale);
          for (let h = top, line = from; h < bottom; h++, line += row) {
            for (let w = left, p = line; w < right; w++, p += pixel) {
              const sum0 = madd(v128.load(x + p), slope0, v128.load(dx + p));
              const sum1 = madd(v128.load(x + p, 16), slope1, v128.load(dx + p, 16));
              v128.store(dx + p, sum1, 16);
              v128.store(dx + p, sum0);
            }
          }
        }
        for (; c > 0; c -= 4, from += 16, at += 16) {
          const factor = slope(y + at, dy + at, scale);
          for (let h = top, line = from; h < bottom; h++, line += row) {
            for (let w = left, p = line; w < right; w++, p += pixel) storeLanes(dx + p, madd(v128.load(x + p), factor, v128.load(dx + p)), c);
          }
        }
        y += pixel;
        dy += pixel;
      }
    }
    x += row * height;
    dx += row * height;
  }
}
