// `channels` is a constant where these are inlined: 1, 3 or 4.

// @ts-ignore: decorator
@inline
function copyPixel(from: usize, to: usize, channels: i32): void {
  if (channels == 1) {
    store<u8>(to, load<u8>(from));
    return;
  }
  const pixel = load<u32>(from);
  if (channels == 4) {
    store<u32>(to, pixel);
    return;
  }
  store<u16>(to, <u16>pixel);
  store<u8>(to, <u8>(pixel >> 16), 2);
}

/** Whether a source is in the picture; NaN is not. */
// @ts-ignore: decorator
@inline
function within(sourceX: f64, sourceY: f64, height: i32, width: i32): bool {
  return sourceX >= 0 && sourceX < <f64>width && sourceY >= 0 && sourceY < <f64>height;
}

/** Copies the four pixels that are at the offsets `at` of x, one beside the other. */
// @ts-ignore: decorator
@inline
function copyFour(x: usize, at: v128, to: usize, channels: i32): void {
  const a = x + <usize>i32x4.extract_lane(at, 0), b = x + <usize>i32x4.extract_lane(at, 1);
  const c = x + <usize>i32x4.extract_lane(at, 2), d = x + <usize>i32x4.extract_lane(at, 3);
  if (channels == 1) {
    store<u8>(to, load<u8>(a));
    store<u8>(to, load<u8>(b), 1);
    store<u8>(to, load<u8>(c), 2);
    store<u8>(to, load<u8>(d), 3);
    return;
  }
  const pixels = v128.load32_lane(d, v128.load32_lane(c, v128.load32_lane(b, v128.load32_zero(a), 1), 2), 3);
  if (channels == 4) {
    v128.store(to, pixels);
    return;
  }
  const bytes = i8x16.shuffle(pixels, pixels, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15);
  v128.store64_lane(to, bytes, 0);
  v128.store32_lane(to, v128.shuffle<i32>(bytes, bytes, 2, 2, 2, 2), 0, 8);
}

// @ts-ignore: decorator
@inline
function fixed(
  x: usize, height: i32, width: i32, channels: i32, steps: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  const columnX = load<i32>(steps, 8), columnY = load<i32>(steps, 12), rowX = load<i32>(steps, 16), rowY = load<i32>(steps, 20);
  const lanes = i32x4(0, 1, 2, 3), widths = i32x4.splat(width), heights = i32x4.splat(height), bytes = i32x4.splat(channels);
  const lanesX = i32x4.mul(lanes, i32x4.splat(columnX)), lanesY = i32x4.mul(lanes, i32x4.splat(columnY));
  let startX = load<i32>(steps), startY = load<i32>(steps, 4);
  for (let row = 0; row < outputHeight; row++, startX += rowX, startY += rowY) {
    let sourceX = startX, sourceY = startY;
    for (let i = 0; i < outputWidth; ) {
      // Four at once where all of them are in the picture.
      if (i + 4 <= outputWidth) {
        const columns = i32x4.shr_s(i32x4.add(i32x4.splat(sourceX), lanesX), 16);
        const lines = i32x4.shr_s(i32x4.add(i32x4.splat(sourceY), lanesY), 16);
        if (i32x4.all_true(v128.and(i32x4.lt_u(columns, widths), i32x4.lt_u(lines, heights)))) {
          copyFour(x, i32x4.mul(i32x4.add(i32x4.mul(lines, widths), columns), bytes), y, channels);
          i += 4, y += 4 * channels, sourceX += 4 * columnX, sourceY += 4 * columnY;
          continue;
        }
      }
      const column = sourceX >> 16, line = sourceY >> 16;
      if (<u32>column < <u32>width && <u32>line < <u32>height) copyPixel(x + <usize>(line * width + column) * channels, y, channels);
      i++, y += channels, sourceX += columnX, sourceY += columnY;
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
  if (channels == 1) fixed(x, height, width, 1, steps, y, outputHeight, outputWidth);
  else if (channels == 3) fixed(x, height, width, 3, steps, y, outputHeight, outputWidth);
  else fixed(x, height, width, 4, steps, y, outputHeight, outputWidth);
}

// @ts-ignore: decorator
@inline
function added(
  x: usize, height: i32, width: i32, channels: i32, steps: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  const columnX = load<f64>(steps, 16), columnY = load<f64>(steps, 24), rowX = load<f64>(steps, 32), rowY = load<f64>(steps, 40);
  let startX = load<f64>(steps), startY = load<f64>(steps, 8);
  for (let row = 0; row < outputHeight; row++, startX += rowX, startY += rowY) {
    let sourceX = startX, sourceY = startY;
    for (let i = 0; i < outputWidth; i++, y += channels, sourceX += columnX, sourceY += columnY) {
      if (within(sourceX, sourceY, height, width)) {
        copyPixel(x + <usize>(<i32>sourceY * width + <i32>sourceX) * channels, y, channels);
      }
    }
  }
}

/** The nearest pixel by coordinates that are added up in double precision: `steps` is float64 [6], as in {@link affineNearestFixed}. */
export function affineNearestAdded(
  x: usize, height: i32, width: i32, channels: i32, steps: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  if (channels == 1) added(x, height, width, 1, steps, y, outputHeight, outputWidth);
  else if (channels == 3) added(x, height, width, 3, steps, y, outputHeight, outputWidth);
  else added(x, height, width, 4, steps, y, outputHeight, outputWidth);
}

// @ts-ignore: decorator
@inline
function perspective(
  x: usize, height: i32, width: i32, channels: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  for (let row = 0; row < outputHeight; row++) {
    const Y = <f64>row + 0.5;
    for (let i = 0; i < outputWidth; i++, y += channels) {
      const X = <f64>i + 0.5;
      const divisor = load<f64>(matrix, 48) * X + load<f64>(matrix, 56) * Y + 1;
      const sourceX = (load<f64>(matrix) * X + load<f64>(matrix, 8) * Y + load<f64>(matrix, 16)) / divisor;
      const sourceY = (load<f64>(matrix, 24) * X + load<f64>(matrix, 32) * Y + load<f64>(matrix, 40)) / divisor;
      if (within(sourceX, sourceY, height, width)) {
        copyPixel(x + <usize>(<i32>sourceY * width + <i32>sourceX) * channels, y, channels);
      }
    }
  }
}

/** The nearest pixel of a perspective map: `matrix` is float64 [8], as for `perspectiveBilinear`. */
export function perspectiveNearest(
  x: usize, height: i32, width: i32, channels: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  if (channels == 1) perspective(x, height, width, 1, matrix, y, outputHeight, outputWidth);
  else if (channels == 3) perspective(x, height, width, 3, matrix, y, outputHeight, outputWidth);
  else perspective(x, height, width, 4, matrix, y, outputHeight, outputWidth);
}
