import { storeLanes } from './lanes';
import { madd } from './madd';
import { copyRow } from './vectors';

/**
 * x[images][height][width][channels] at another size. Channels are the lanes; the last group may read past the tensor's end
 * and stores only the channels there are. Places in the input are in float32, and by the same steps, as in PyTorch.
 */

// @ts-ignore: decorator
@inline
function nearest(i: i32, size: i32, scale: f32): i32 {
  return min(<i32>(<f32>i * scale), size - 1);
}

/** y[i][j] = x[⌊i·scale⌋][⌊j·scale⌋]. */
export function upsampleNearestForward(x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32, scaleHeight: f32, scaleWidth: f32): void {
  const pixel = <usize>channels << 2, row = pixel * width, outputRow = pixel * outputWidth;
  for (let n = 0; n < images; n++) {
    let previous = -1;
    for (let i = 0; i < outputHeight; i++) {
      const h = nearest(i, height, scaleHeight);
      if (h == previous) {
        memory.copy(y, y - outputRow, outputRow);
      } else {
        for (let j = 0; j < outputWidth; j++) copyRow(y + pixel * j, x + row * h + pixel * nearest(j, width, scaleWidth), pixel);
      }
      previous = h;
      y += outputRow;
    }
    x += row * height;
  }
}

/** to += weight·from, of `channels` values. */
// @ts-ignore: decorator
@inline
function accumulate(to: usize, from: usize, weight: f32, channels: i32): void {
  const by = f32x4.splat(weight);
  let c = channels;
  for (; c >= 8; c -= 8, to += 32, from += 32) {
    const sum0 = madd(v128.load(from), by, v128.load(to)), sum1 = madd(v128.load(from, 16), by, v128.load(to, 16));
    v128.store(to, sum1, 16);
    v128.store(to, sum0);
  }
  for (; c > 0; c -= 4, to += 16, from += 16) storeLanes(to, madd(v128.load(from), by, v128.load(to)), c);
}

/** dx = Σ dy over the pixels that were copied from it, in row order. */
export function upsampleNearestBackward(dy: usize, dx: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32, scaleHeight: f32, scaleWidth: f32): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  memory.fill(dx, 0, row * height * images);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const to = dx + row * nearest(i, height, scaleHeight);
      for (let j = 0; j < outputWidth; j++, dy += pixel) accumulate(to + pixel * nearest(j, width, scaleWidth), dy, 1, channels);
    }
    dx += row * height;
  }
}

/** Where output i is in the input: between a pixel and the next one. */
// @ts-ignore: decorator
@inline
function place(i: i32, size: i32, scale: f32, alignCorners: bool): f32 {
  const at = alignCorners ? <f32>i * scale : max<f32>(0, (<f32>i + 0.5) * scale - 0.5);
  return min(at, <f32>(size - 1));
}

/** y = the mean of four neighbouring pixels, weighted by how near they are. */
export function upsampleBilinearForward(x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32, scaleHeight: f32, scaleWidth: f32, alignCorners: bool): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const h = place(i, height, scaleHeight, alignCorners), top = <i32>h;
      const lower = h - <f32>top, weightTop = f32x4.splat(1 - lower), weightBottom = f32x4.splat(lower);
      const topRow = x + row * top, down: usize = top < height - 1 ? row : 0;
      for (let j = 0; j < outputWidth; j++) {
        const w = place(j, width, scaleWidth, alignCorners), left = <i32>w;
        const righter = w - <f32>left, weightLeft = f32x4.splat(1 - righter), weightRight = f32x4.splat(righter);
        let a = topRow + pixel * left, b = a + (left < width - 1 ? pixel : 0), c = channels;
        for (; c >= 8; c -= 8, a += 32, b += 32, y += 32) {
          const top0 = madd(v128.load(b), weightRight, f32x4.mul(v128.load(a), weightLeft));
          const top1 = madd(v128.load(b, 16), weightRight, f32x4.mul(v128.load(a, 16), weightLeft));
          const bottom0 = madd(v128.load(b + down), weightRight, f32x4.mul(v128.load(a + down), weightLeft));
          const bottom1 = madd(v128.load(b + down, 16), weightRight, f32x4.mul(v128.load(a + down, 16), weightLeft));
          v128.store(y, madd(bottom1, weightBottom, f32x4.mul(top1, weightTop)), 16);
          v128.store(y, madd(bottom0, weightBottom, f32x4.mul(top0, weightTop)));
        }
        for (; c > 0; c -= 4, a += 16, b += 16) {
          const above = madd(v128.load(b), weightRight, f32x4.mul(v128.load(a), weightLeft));
          const below = madd(v128.load(b + down), weightRight, f32x4.mul(v128.load(a + down), weightLeft));
          storeLanes(y, madd(below, weightBottom, f32x4.mul(above, weightTop)), c);
          y += <usize>min(c, 4) << 2;
        }
      }
    }
    x += row * height;
  }
}

/** dx = Σ weight·dy over the pixels that x is part of, in row order. */
export function upsampleBilinearBackward(dy: usize, dx: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32, scaleHeight: f32, scaleWidth: f32, alignCorners: bool): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  memory.fill(dx, 0, row * height * images);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const h = place(i, height, scaleHeight, alignCorners), top = <i32>h;
      const lower = h - <f32>top;
      const topRow = dx + row * top, down: usize = top < height - 1 ? row : 0;
      for (let j = 0; j < outputWidth; j++, dy += pixel) {
        const w = place(j, width, scaleWidth, alignCorners), left = <i32>w;
        const righter = w - <f32>left;
        // Neighbours may be one and the same at the edges, so one after the other.
        const a = topRow + pixel * left, b = a + (left < width - 1 ? pixel : 0);
        accumulate(a, dy, (1 - lower) * (1 - righter), channels);
        accumulate(b, dy, (1 - lower) * righter, channels);
        accumulate(a + down, dy, lower * (1 - righter), channels);
        accumulate(b + down, dy, lower * righter, channels);
      }
    }
    dx += row * height;
  }
}
