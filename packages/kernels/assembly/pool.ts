import { storeLanes } from './lanes';
import { LINE, touch } from './vectors';
import { windowBegin, windowEnd, windowPixels, windowsTile } from './windows';

/**
 * Maximum and mean over the windows of windows.ts, of x[images][height][width][channels]. Channels are the lanes: sixteen or
 * eight at a time, in pairs of vectors, then four; the last group may read past the tensor's end and stores only the
 * channels there are.
 */

/** y = the maximum of each window; the border does not take part. Not-a-number is greater than all, as in PyTorch. */
export function maxPoolForward(
  x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  extentHeight: i32, extentWidth: i32, strideHeight: i32, strideWidth: i32, paddingHeight: i32, paddingWidth: i32, dilationHeight: i32, dilationWidth: i32,
): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  const rowStep = row * dilationHeight, columnStep = pixel * dilationWidth;
  const least = f32x4.splat(-f32.MAX_VALUE - f32.MAX_VALUE);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = windowBegin(i, height, outputHeight, strideHeight, paddingHeight, dilationHeight);
      const bottom = windowEnd(i, height, outputHeight, extentHeight, strideHeight, paddingHeight);
      for (let j = 0; j < outputWidth; j++) {
        const left = windowBegin(j, width, outputWidth, strideWidth, paddingWidth, dilationWidth);
        const right = windowEnd(j, width, outputWidth, extentWidth, strideWidth, paddingWidth);
        let from = x + row * top + pixel * left, to = y, c = channels;
        for (; c >= 16; c -= 16, from += 64, to += 64) {
          let best0 = least, best1 = least, best2 = least, best3 = least;
          for (let h = top, line = from; h < bottom; h += dilationHeight, line += rowStep) {
            for (let w = left, p = line; w < right; w += dilationWidth, p += columnStep) {
              best0 = f32x4.max(best0, v128.load(p));
              best1 = f32x4.max(best1, v128.load(p, 16));
              best2 = f32x4.max(best2, v128.load(p, 32));
              best3 = f32x4.max(best3, v128.load(p, 48));
            }
          }
          v128.store(to, best1, 16);
          v128.store(to, best0);
          v128.store(to, best3, 48);
          v128.store(to, best2, 32);
        }
        for (; c > 0; c -= 4, from += 16, to += 16) {
          let best = least;
          for (let h = top, line = from; h < bottom; h += dilationHeight, line += rowStep) {
            for (let w = left, p = line; w < right; w += dilationWidth, p += columnStep) best = f32x4.max(best, v128.load(p));
          }
          storeLanes(to, best, c);
        }
        y += pixel;
      }
    }
    x += row * height;
  }
}

/** dx = dy at the first maximum of each window, added where windows overlap, 0 elsewhere. A not-a-number equals no input, so its window has no gradient. */
export function maxPoolBackward(
  x: usize, y: usize, dy: usize, dx: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  extentHeight: i32, extentWidth: i32, strideHeight: i32, strideWidth: i32, paddingHeight: i32, paddingWidth: i32, dilationHeight: i32, dilationWidth: i32,
): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  const rowStep = row * dilationHeight, columnStep = pixel * dilationWidth;
  const tiled = windowsTile(height, outputHeight, extentHeight, strideHeight, paddingHeight, dilationHeight)
    && windowsTile(width, outputWidth, extentWidth, strideWidth, paddingWidth, dilationWidth);
  // Windows that tile the image write every pixel once: nothing to clear, and nothing to add to.
  for (let n = 0; n < images; n++) {
    let done = 0;
    for (let i = 0; i < outputHeight; i++) {
      const top = windowBegin(i, height, outputHeight, strideHeight, paddingHeight, dilationHeight);
      const bottom = windowEnd(i, height, outputHeight, extentHeight, strideHeight, paddingHeight);
      // Window by window the machine does not foresee the rows: they are read, and what is written filled with zeros, in one go.
      const end = i + 1 < outputHeight ? bottom : height;
      if (end > done) {
        if (channels >= 4) touch(x + row * done, row * (end - done), LINE, dx + row * done);
        memory.fill(dx + row * done, 0, row * (end - done));
        done = end;
      }
      for (let j = 0; j < outputWidth; j++) {
        const left = windowBegin(j, width, outputWidth, strideWidth, paddingWidth, dilationWidth);
        const right = windowEnd(j, width, outputWidth, extentWidth, strideWidth, paddingWidth);
        const rows = (bottom - top + dilationHeight - 1) / dilationHeight, columns = (right - left + dilationWidth - 1) / dilationWidth;
        const from = row * top + pixel * left;
        if (tiled) writeMaximum(x + from, y, dy, dx + from, rows, columns, rowStep, columnStep, channels);
        else addMaximum(x + from, y, dy, dx + from, rows, columns, rowStep, columnStep, channels);
        y += pixel;
        dy += pixel;
      }
    }
    x += row * height;
    dx += row * height;
  }
}

function writeMaximum(x: usize, y: usize, dy: usize, dx: usize, rows: i32, columns: i32, rowStep: usize, columnStep: usize, channels: i32): void {
  toMaximum(false, x, y, dy, dx, rows, columns, rowStep, columnStep, channels);
}

function addMaximum(x: usize, y: usize, dy: usize, dx: usize, rows: i32, columns: i32, rowStep: usize, columnStep: usize, channels: i32): void {
  toMaximum(true, x, y, dy, dx, rows, columns, rowStep, columnStep, channels);
}

/** dx = or += dy where x is y for the first time, and 0 at the other pixels of the window. */
// @ts-ignore: decorator
@inline
function toMaximum(adds: bool, x: usize, y: usize, dy: usize, dx: usize, rows: i32, columns: i32, rowStep: usize, columnStep: usize, channels: i32): void {
  const window = columnStep * columns, rest = rowStep - window;
  let c = channels;
  for (; c >= 8; c -= 8, x += 32, y += 32, dy += 32, dx += 32) {
    const best0 = v128.load(y), best1 = v128.load(y, 16), gradient0 = v128.load(dy), gradient1 = v128.load(dy, 16);
    let free0 = i32x4.splat(-1), free1 = free0, p = x, to = dx;
    for (let h = 0; h < rows; h++, p += rest, to += rest) {
      for (const end = p + window; p < end; p += columnStep, to += columnStep) {
        const here0 = v128.and(free0, f32x4.eq(v128.load(p), best0));
        const here1 = v128.and(free1, f32x4.eq(v128.load(p, 16), best1));
        free0 = v128.xor(free0, here0);
        free1 = v128.xor(free1, here1);
        const share0 = v128.and(here0, gradient0), share1 = v128.and(here1, gradient1);
        const sum0 = adds ? f32x4.add(v128.load(to), share0) : share0, sum1 = adds ? f32x4.add(v128.load(to, 16), share1) : share1;
        v128.store(to, sum1, 16);
        v128.store(to, sum0);
      }
    }
  }
  for (; c > 0; c -= 4, x += 16, y += 16, dy += 16, dx += 16) {
    const best = v128.load(y), gradient = v128.load(dy);
    let free = i32x4.splat(-1), p = x, to = dx;
    for (let h = 0; h < rows; h++, p += rest, to += rest) {
      for (const end = p + window; p < end; p += columnStep, to += columnStep) {
        const here = v128.and(free, f32x4.eq(v128.load(p), best)), share = v128.and(here, gradient);
        free = v128.xor(free, here);
        storeLanes(to, adds ? f32x4.add(v128.load(to), share) : share, c);
      }
    }
  }
}

/**
 * y = the sum of each window over the divisor; where that is 0, over the window's pixels in the image; where it is −1, over
 * those and the ones in the padding.
 */
export function averagePoolForward(
  x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  extentHeight: i32, extentWidth: i32, strideHeight: i32, strideWidth: i32, paddingHeight: i32, paddingWidth: i32, divisor: i32,
): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = windowBegin(i, height, outputHeight, strideHeight, paddingHeight, 1);
      const bottom = windowEnd(i, height, outputHeight, extentHeight, strideHeight, paddingHeight);
      for (let j = 0; j < outputWidth; j++) {
        const left = windowBegin(j, width, outputWidth, strideWidth, paddingWidth, 1);
        const right = windowEnd(j, width, outputWidth, extentWidth, strideWidth, paddingWidth);
        const pixels: i64 = divisor > 0 ? divisor : divisor == 0 ? (bottom - top) * (right - left)
          : windowPixels(i, height, extentHeight, strideHeight, paddingHeight) * windowPixels(j, width, extentWidth, strideWidth, paddingWidth);
        const by = f32x4.splat(<f32>pixels);
        let from = x + row * top + pixel * left, to = y, c = channels;
        for (; c >= 16; c -= 16, from += 64, to += 64) {
          let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
          for (let h = top, line = from; h < bottom; h++, line += row) {
            for (let w = left, p = line; w < right; w++, p += pixel) {
              sum0 = f32x4.add(sum0, v128.load(p));
              sum1 = f32x4.add(sum1, v128.load(p, 16));
              sum2 = f32x4.add(sum2, v128.load(p, 32));
              sum3 = f32x4.add(sum3, v128.load(p, 48));
            }
          }
          v128.store(to, f32x4.div(sum1, by), 16);
          v128.store(to, f32x4.div(sum0, by));
          v128.store(to, f32x4.div(sum3, by), 48);
          v128.store(to, f32x4.div(sum2, by), 32);
        }
        for (; c > 0; c -= 4, from += 16, to += 16) {
          let sum = f32x4.splat(0);
          for (let h = top, line = from; h < bottom; h++, line += row) {
            for (let w = left, p = line; w < right; w++, p += pixel) sum = f32x4.add(sum, v128.load(p));
          }
          storeLanes(to, f32x4.div(sum, by), c);
        }
        y += pixel;
      }
    }
    x += row * height;
  }
}

/** dx = dy over the divisor, as for {@link averagePoolForward}, in each window; added where windows overlap, 0 elsewhere. */
export function averagePoolBackward(
  dy: usize, dx: usize, images: i32, height: i32, width: i32, channels: i32, outputHeight: i32, outputWidth: i32,
  extentHeight: i32, extentWidth: i32, strideHeight: i32, strideWidth: i32, paddingHeight: i32, paddingWidth: i32, divisor: i32,
): void {
  const pixel = <usize>channels << 2, row = pixel * width;
  const tiled = windowsTile(height, outputHeight, extentHeight, strideHeight, paddingHeight, 1)
    && windowsTile(width, outputWidth, extentWidth, strideWidth, paddingWidth, 1);
  if (!tiled) memory.fill(dx, 0, row * height * images);
  const kept = i32x4.splat(tiled ? 0 : -1);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = windowBegin(i, height, outputHeight, strideHeight, paddingHeight, 1);
      const bottom = windowEnd(i, height, outputHeight, extentHeight, strideHeight, paddingHeight);
      for (let j = 0; j < outputWidth; j++) {
        const left = windowBegin(j, width, outputWidth, strideWidth, paddingWidth, 1);
        const right = windowEnd(j, width, outputWidth, extentWidth, strideWidth, paddingWidth);
        const pixels: i64 = divisor > 0 ? divisor : divisor == 0 ? (bottom - top) * (right - left)
          : windowPixels(i, height, extentHeight, strideHeight, paddingHeight) * windowPixels(j, width, extentWidth, strideWidth, paddingWidth);
        const by = f32x4.splat(<f32>pixels);
        let from = dx + row * top + pixel * left, at = dy, c = channels;
        for (; c >= 8; c -= 8, from += 32, at += 32) {
          const share0 = f32x4.div(v128.load(at), by), share1 = f32x4.div(v128.load(at, 16), by);
          for (let h = top, line = from; h < bottom; h++, line += row) {
            for (let w = left, p = line; w < right; w++, p += pixel) {
              const sum0 = f32x4.add(v128.and(v128.load(p), kept), share0);
              const sum1 = f32x4.add(v128.and(v128.load(p, 16), kept), share1);
              v128.store(p, sum1, 16);
              v128.store(p, sum0);
            }
          }
        }
        for (; c > 0; c -= 4, from += 16, at += 16) {
          const share = f32x4.div(v128.load(at), by);
          for (let h = top, line = from; h < bottom; h++, line += row) {
            for (let w = left, p = line; w < right; w++, p += pixel) storeLanes(p, f32x4.add(v128.and(v128.load(p), kept), share), c);
          }
        }
        dy += pixel;
      }
    }
    dx += row * height;
  }
}
