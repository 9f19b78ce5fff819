import { held, noneOf, picked } from './held';
import { channelsOf, Grey, Rgb, Rgba } from './pixels';

// @ts-ignore: decorator
@inline
function copyPixel<Pixel>(from: usize, to: usize): void {
  if (channelsOf<Pixel>() == 1) store<u8>(to, load<u8>(from));
  else if (channelsOf<Pixel>() == 4) store<u32>(to, load<u32>(from));
  else {
    const pixel = load<u32>(from);
    store<u16>(to, <u16>pixel);
    store<u8>(to, <u8>(pixel >> 16), 2);
  }
}

/** Whether a source is in the picture; NaN is not. */
// @ts-ignore: decorator
@inline
function within(sourceX: f64, sourceY: f64, height: i32, width: i32): bool {
  return sourceX >= 0 && sourceX < <f64>width && sourceY >= 0 && sourceY < <f64>height;
}

/** Copies the four pixels that are at the offsets `at` of x, one beside the other; `order` leaves out the fourth byte of each. */
// @ts-ignore: decorator
@inline
function copyFour<Pixel>(x: usize, at: v128, to: usize, order: v128): void {
  const a = x + <usize>i32x4.extract_lane(at, 0), b = x + <usize>i32x4.extract_lane(at, 1);
  const c = x + <usize>i32x4.extract_lane(at, 2), d = x + <usize>i32x4.extract_lane(at, 3);
  if (channelsOf<Pixel>() == 1) {
    store<u8>(to, load<u8>(a));
    store<u8>(to, load<u8>(b), 1);
    store<u8>(to, load<u8>(c), 2);
    store<u8>(to, load<u8>(d), 3);
    return;
  }
  const pixels = v128.load32_lane(d, v128.load32_lane(c, v128.load32_lane(b, v128.load32_zero(a), 1), 2), 3);
  if (channelsOf<Pixel>() == 4) {
    v128.store(to, pixels);
    return;
  }
  const bytes = picked(pixels, order);
  v128.store64_lane(to, bytes, 0);
  v128.store32_lane(to, bytes, 2, 8);
}

// @ts-ignore: decorator
@inline
function fixed<Pixel>(x: usize, height: i32, width: i32, steps: usize, y: usize, outputHeight: i32, outputWidth: i32): void {
  const channels = channelsOf<Pixel>();
  const columnX = load<i32>(steps, 8), columnY = load<i32>(steps, 12), rowX = load<i32>(steps, 16), rowY = load<i32>(steps, 20);
  const nothing = noneOf(width);
  const lanes = i32x4(0, 1, 2, 3), widths = i32x4.splat(width), heights = i32x4.splat(height);
  const bytes = held(i32x4.splat(channels), nothing), stride = i32x4.splat(width * channels);
  const lanesX = i32x4.mul(lanes, i32x4.splat(columnX)), lanesY = i32x4.mul(lanes, i32x4.splat(columnY));
  const fourX = i32x4.splat(4 * columnX), fourY = i32x4.splat(4 * columnY);
  const order = held(i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1), nothing);
  let startX = load<i32>(steps), startY = load<i32>(steps, 4);
  for (let row = 0; row < outputHeight; row++, startX += rowX, startY += rowY) {
    let i = 0;
    while (i < outputWidth) {
      const sourceX = startX + i * columnX, sourceY = startY + i * columnY;
      let X = i32x4.add(i32x4.splat(sourceX), lanesX), Y = i32x4.add(i32x4.splat(sourceY), lanesY);
      let columns = i32x4.shr_s(X, 16), lines = i32x4.shr_s(Y, 16);
      let within = v128.and(i32x4.lt_u(columns, widths), i32x4.lt_u(lines, heights));
      if (i + 4 > outputWidth || !i32x4.all_true(within)) {
        const column = sourceX >> 16, line = sourceY >> 16;
        if (<u32>column < <u32>width && <u32>line < <u32>height) copyPixel<Pixel>(x + <usize>(line * width + column) * channels, y);
        i++, y += channels;
        continue;
      }
      // Four at once while all of them are in the picture; where the next four are is computed before these are copied.
      do {
        const at = i32x4.add(i32x4.mul(lines, stride), i32x4.mul(columns, bytes));
        X = i32x4.add(X, fourX), Y = i32x4.add(Y, fourY);
        columns = i32x4.shr_s(X, 16), lines = i32x4.shr_s(Y, 16);
        within = v128.and(i32x4.lt_u(columns, widths), i32x4.lt_u(lines, heights));
        copyFour<Pixel>(x, at, y, order);
        i += 4, y += 4 * channels;
      } while (i + 4 <= outputWidth && i32x4.all_true(within));
    }
  }
}

/**
 * The nearest pixel, in 16.16 fixed point: `steps` is int32 [6], the source of the first pixel (x, y), its steps from column to
 * column (x, y) and from row to row (x, y). Sums wrap around, as C's do on x86.
 */
export function affineNearestFixed(
  x: usize, height: i32, width: i32, channels: i32, steps: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  if (channels == 1) fixed<Grey>(x, height, width, steps, y, outputHeight, outputWidth);
  else if (channels == 3) fixed<Rgb>(x, height, width, steps, y, outputHeight, outputWidth);
  else fixed<Rgba>(x, height, width, steps, y, outputHeight, outputWidth);
}

// @ts-ignore: decorator
@inline
function added<Pixel>(
  x: usize, height: i32, width: i32, steps: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  const channels = channelsOf<Pixel>();
  const columnX = load<f64>(steps, 16), columnY = load<f64>(steps, 24), rowX = load<f64>(steps, 32), rowY = load<f64>(steps, 40);
  let startX = load<f64>(steps), startY = load<f64>(steps, 8);
  for (let row = 0; row < outputHeight; row++, startX += rowX, startY += rowY) {
    let sourceX = startX, sourceY = startY;
    for (let i = 0; i < outputWidth; i++, y += channels, sourceX += columnX, sourceY += columnY) {
      if (within(sourceX, sourceY, height, width)) {
        copyPixel<Pixel>(x + <usize>(<i32>sourceY * width + <i32>sourceX) * channels, y);
      }
    }
  }
}

/** The nearest pixel by coordinates that are added up in double precision: `steps` is float64 [6], as in {@link affineNearestFixed}. */
export function affineNearestAdded(
  x: usize, height: i32, width: i32, channels: i32, steps: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  if (channels == 1) added<Grey>(x, height, width, steps, y, outputHeight, outputWidth);
  else if (channels == 3) added<Rgb>(x, height, width, steps, y, outputHeight, outputWidth);
  else added<Rgba>(x, height, width, steps, y, outputHeight, outputWidth);
}

// @ts-ignore: decorator
@inline
function perspective<Pixel>(
  x: usize, height: i32, width: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  const channels = channelsOf<Pixel>();
  for (let row = 0; row < outputHeight; row++) {
    const Y = <f64>row + 0.5;
    for (let i = 0; i < outputWidth; i++, y += channels) {
      const X = <f64>i + 0.5;
      const divisor = load<f64>(matrix, 48) * X + load<f64>(matrix, 56) * Y + 1;
      const sourceX = (load<f64>(matrix) * X + load<f64>(matrix, 8) * Y + load<f64>(matrix, 16)) / divisor;
      const sourceY = (load<f64>(matrix, 24) * X + load<f64>(matrix, 32) * Y + load<f64>(matrix, 40)) / divisor;
      if (within(sourceX, sourceY, height, width)) {
        copyPixel<Pixel>(x + <usize>(<i32>sourceY * width + <i32>sourceX) * channels, y);
      }
    }
  }
}

/** The nearest pixel of a perspective map: `matrix` is float64 [8], as for `perspectiveBilinear`. */
export function perspectiveNearest(
  x: usize, height: i32, width: i32, channels: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  if (channels == 1) perspective<Grey>(x, height, width, matrix, y, outputHeight, outputWidth);
  else if (channels == 3) perspective<Rgb>(x, height, width, matrix, y, outputHeight, outputWidth);
  else perspective<Rgba>(x, height, width, matrix, y, outputHeight, outputWidth);
}
