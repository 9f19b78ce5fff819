import { storeLanes } from './lanes';
import { windowBegin, windowEnd, windowsTile } from './windows';

/**
 * Undoes max pooling. `pooled` is what was pooled, [images][height][width][channels]; x and dx have the pool's output shape,
 * y and dy that of `pooled`. Where a window has its maximum is found again, rather than kept: four channels at a time; the
 * last group may read past the tensor's end and stores only the channels there are.
 */

/**
 * In bytes from `pooled`, for each lane: the first maximum of a window in row order, or its last not-a-number, as PyTorch's
 * indices have it. Of no meaning for a window without a pixel.
 */
// @ts-ignore: decorator
@inline
function indexOfMaximum(pooled: usize, top: i32, bottom: i32, dilationHeight: i32, left: i32, right: i32, dilationWidth: i32, row: usize, pixel: usize): v128 {
  let best = f32x4.splat(-f32.MAX_VALUE - f32.MAX_VALUE), index = i32x4.splat(<i32>(row * top + pixel * left));
  for (let h = top; h < bottom; h += dilationHeight) {
    let at = row * h + pixel * left;
    for (let w = left; w < right; w += dilationWidth, at += pixel * dilationWidth) {
      const value = v128.load(pooled + at);
      const better = v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
      best = v128.bitselect(value, best, better);
      index = v128.bitselect(i32x4.splat(<i32>at), index, better);
    }
  }
  return index;
}

/** y = x of each window at the window's maximum, 0 elsewhere. Where several windows have one pixel the last one's value stays. */
export function maxUnpoolForward(
  x: usize, pooled: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  extentHeight: i32, extentWidth: i32, strideHeight: i32, strideWidth: i32, paddingHeight: i32, paddingWidth: i32, dilationHeight: i32, dilationWidth: i32,
): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  const tiled = windowsTile(height, outputHeight, extentHeight, strideHeight, paddingHeight, dilationHeight)
    && windowsTile(width, outputWidth, extentWidth, strideWidth, paddingWidth, dilationWidth);
  // As in pool.ts: where windows tile the map there is nothing to clear, and what is there is masked away.
  if (!tiled) memory.fill(y, 0, row * height * images);
  const kept = i32x4.splat(tiled ? 0 : -1);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = windowBegin(i, height, outputHeight, strideHeight, paddingHeight, dilationHeight);
      const bottom = windowEnd(i, height, outputHeight, extentHeight, strideHeight, paddingHeight);
      for (let j = 0; j < outputWidth; j++, x += pixel) {
        const left = windowBegin(j, width, outputWidth, strideWidth, paddingWidth, dilationWidth);
        const right = windowEnd(j, width, outputWidth, extentWidth, strideWidth, paddingWidth);
        let from = x, c: usize = 0;
        for (let lanes = channels; lanes > 0; lanes -= 4, c += 16, from += 16) {
          const index = indexOfMaximum(pooled + c, top, bottom, dilationHeight, left, right, dilationWidth, row, pixel);
          const value = v128.load(from);
          for (let h = top; h < bottom; h += dilationHeight) {
            let at = row * h + pixel * left;
            for (let w = left; w < right; w += dilationWidth, at += pixel * dilationWidth) {
              const to = y + c + at, here = i32x4.eq(index, i32x4.splat(<i32>at));
              storeLanes(to, v128.bitselect(value, v128.and(v128.load(to), kept), here), lanes);
            }
          }
        }
      }
    }
    pooled += row * height;
    y += row * height;
  }
}

/** dx = dy at each window's maximum; 0 for a window whose value a later one has overwritten. */
export function maxUnpoolBackward(
  pooled: usize, dy: usize, dx: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  extentHeight: i32, extentWidth: i32, strideHeight: i32, strideWidth: i32, paddingHeight: i32, paddingWidth: i32, dilationHeight: i32, dilationWidth: i32,
): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  // How many windows further on begin inside a window.
  const below = (extentHeight - 1) / strideHeight, beside = (extentWidth - 1) / strideWidth;
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = windowBegin(i, height, outputHeight, strideHeight, paddingHeight, dilationHeight);
      const bottom = windowEnd(i, height, outputHeight, extentHeight, strideHeight, paddingHeight);
      for (let j = 0; j < outputWidth; j++, dx += pixel) {
        const left = windowBegin(j, width, outputWidth, strideWidth, paddingWidth, dilationWidth);
        const right = windowEnd(j, width, outputWidth, extentWidth, strideWidth, paddingWidth);
        let to = dx, c: usize = 0;
        for (let lanes = channels; lanes > 0; lanes -= 4, c += 16, to += 16) {
          const index = indexOfMaximum(pooled + c, top, bottom, dilationHeight, left, right, dilationWidth, row, pixel);
          let gradient = i32x4.splat(0);
          for (let h = top; h < bottom; h += dilationHeight) {
            let at = row * h + pixel * left;
            for (let w = left; w < right; w += dilationWidth, at += pixel * dilationWidth) {
              gradient = v128.or(gradient, v128.and(v128.load(dy + c + at), i32x4.eq(index, i32x4.splat(<i32>at))));
            }
          }
          for (let later = i; later <= min(i + below, outputHeight - 1); later++) {
            const laterTop = windowBegin(later, height, outputHeight, strideHeight, paddingHeight, dilationHeight);
            const laterBottom = windowEnd(later, height, outputHeight, extentHeight, strideHeight, paddingHeight);
            for (let k = later == i ? j + 1 : max(0, j - beside); k <= min(j + beside, outputWidth - 1); k++) {
              const laterLeft = windowBegin(k, width, outputWidth, strideWidth, paddingWidth, dilationWidth);
              const laterRight = windowEnd(k, width, outputWidth, extentWidth, strideWidth, paddingWidth);
              // A dilated window may have all its pixels in the padding.
              if (laterTop >= laterBottom || laterLeft >= laterRight) continue;
              const other = indexOfMaximum(pooled + c, laterTop, laterBottom, dilationHeight, laterLeft, laterRight, dilationWidth, row, pixel);
              gradient = v128.andnot(gradient, i32x4.eq(index, other));
            }
          }
          storeLanes(to, gradient, lanes);
        }
      }
    }
    pooled += row * height;
    dy += row * height;
  }
}
