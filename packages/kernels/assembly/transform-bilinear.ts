import { held, noneOf, picked, truncatedPair } from './held';
import { channelsOf, Grey, Rgb, Rgba } from './pixels';

// The maps, as types, so that each gets a loop of its own.
type Affine = u8;
/** Affine, where each row of the output lies on one row of the input: nothing is interpolated downwards. */
type AlongRows = u16;
/** Likewise, each column on one column: nothing is interpolated sideways. */
type AlongColumns = u32;
type Projective = u64;

/** 2⁵², as bits: or'ed with a whole number below it, it is their sum in double precision. */
const shifter: i64 = 0x4330000000000000;

/** from + (to − from)·by, where 2⁵² has been added to both ends. */
// @ts-ignore: decorator
@inline
function between(from: v128, to: v128, by: v128, shift: v128): v128 {
  return f64x2.add(f64x2.sub(from, shift), f64x2.mul(f64x2.sub(to, from), by));
}

/** Picks the bytes i and 8 + i, each into 64 bits; with the two upper bytes of 2⁵², which stand at 6 and 7 of either half. */
// @ts-ignore: decorator
@inline
function lanes<Pixel>(i: i8, nothing: v128): v128 {
  const third: i8 = channelsOf<Pixel>() == 4 ? -1 : 6, fourth: i8 = channelsOf<Pixel>() == 4 ? -1 : 7;
  const upperThird: i8 = channelsOf<Pixel>() == 4 ? -1 : 14, upperFourth: i8 = channelsOf<Pixel>() == 4 ? -1 : 15;
  return held(i8x16(i, -1, -1, -1, -1, -1, third, fourth, 8 + i, -1, -1, -1, -1, -1, upperThird, upperFourth), nothing);
}

/** 2⁵² + the byte, of both pixels. */
// @ts-ignore: decorator
@inline
function valueOf<Pixel>(bytes: v128, at: v128, shift: v128): v128 {
  const value = picked(bytes, at);
  return channelsOf<Pixel>() == 4 ? v128.or(value, shift) : value;
}

/** A channel of two pixels as int32, from the left (p) and the right (q) pixels of the upper and the lower row. */
// @ts-ignore: decorator
@inline
function channel<Pixel, Map>(upper: v128, lower: v128, p: v128, q: v128, dx: v128, dy: v128, shift: v128): v128 {
  const first = valueOf<Pixel>(upper, p, shift);
  if (sizeof<Map>() == sizeof<AlongColumns>()) {
    return truncatedPair(between(first, valueOf<Pixel>(lower, p, shift), dy, shift));
  }
  const v1 = between(first, valueOf<Pixel>(upper, q, shift), dx, shift);
  if (sizeof<Map>() == sizeof<AlongRows>()) return truncatedPair(v1);
  const v2 = between(valueOf<Pixel>(lower, p, shift), valueOf<Pixel>(lower, q, shift), dx, shift);
  return truncatedPair(f64x2.add(v1, f64x2.mul(f64x2.sub(v2, v1), dy)));
}

/** The pixel at `to` from the four around (sourceX, sourceY) where some are outside the picture; none if the point is. */
function edge(x: usize, height: i32, width: i32, channels: i32, sourceX: f64, sourceY: f64, to: usize): void {
  // Written so that NaN is outside.
  if (!(sourceX >= 0 && sourceX < <f64>width && sourceY >= 0 && sourceY < <f64>height)) return;
  const left = Math.floor(sourceX - 0.5), top = Math.floor(sourceY - 0.5);
  const dx = sourceX - 0.5 - left, dy = sourceY - 0.5 - top;
  const x0 = max(<i32>left, 0) * channels, x1 = min(<i32>left + 1, width - 1) * channels;
  // Below the last row Pillow takes that row's value again: interpolating between equal values gives the same.
  const upper = x + <usize>max(<i32>top, 0) * width * channels, lower = x + <usize>min(<i32>top + 1, height - 1) * width * channels;
  for (let channel = 0; channel < channels; channel++) {
    const p = <f64>load<u8>(upper + x0 + channel), r = <f64>load<u8>(lower + x0 + channel);
    const v1 = p + (<f64>load<u8>(upper + x1 + channel) - p) * dx;
    const v2 = r + (<f64>load<u8>(lower + x1 + channel) - r) * dx;
    store<u8>(to + channel, <u8>(v1 + (v2 - v1) * dy));
  }
}

// @ts-ignore: decorator
@inline
function lane0(x: v128): f64 {
  return f64x2.extract_lane(x, 0);
}

/** (a·X + b·Y) + c in this order; `ofRow` is b·Y. */
// @ts-ignore: decorator
@inline
function mapped(column: v128, a: v128, ofRow: v128, c: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.mul(a, column), ofRow), c);
}

/** Whether the four pixels around two points are in the picture; not of NaN. */
// @ts-ignore: decorator
@inline
function inPicture(X: v128, Y: v128, half: v128, limitX: v128, limitY: v128): v128 {
  return v128.and(v128.and(f64x2.ge(X, half), f64x2.ge(Y, half)), v128.and(f64x2.lt(X, limitX), f64x2.lt(Y, limitY)));
}

/** How many steps from `at` stay in [0.5, limit), but for rounding. */
// @ts-ignore: decorator
@inline
function reach(at: f64, step: f64, limit: f64): f64 {
  if (step == 0) return 2147483647;
  return step > 0 ? (limit - at) / step : (0.5 - at) / step;
}

/**
 * Two pixels at once. Where the next two come from is computed before these are, since the way from coordinates to pixels is long
 * and the processor would wait for it.
 */
// @ts-ignore: decorator
@inline
function resample<Pixel, Map>(
  x: usize, height: i32, width: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  const channels = channelsOf<Pixel>();
  const projective = sizeof<Map>() == sizeof<Projective>(), alongRows = sizeof<Map>() == sizeof<AlongRows>();
  const stride = width * channels;
  const nothing = noneOf(width);
  const p0 = lanes<Pixel>(0, nothing), p1 = lanes<Pixel>(1, nothing), p2 = lanes<Pixel>(2, nothing), p3 = lanes<Pixel>(3, nothing);
  const q0 = lanes<Pixel>(<i8>channels, nothing), q1 = lanes<Pixel>(<i8>channels + 1, nothing);
  const q2 = lanes<Pixel>(<i8>channels + 2, nothing), q3 = lanes<Pixel>(<i8>channels + 3, nothing);
  const order = held(i8x16(0, 1, 2, 4, 5, 6, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1), nothing);
  const pixelBytes = held(i64x2.splat(0x0000ffffffffffff), nothing), shift = held(i64x2.splat(shifter), nothing);
  const half = held(f64x2.splat(0.5), nothing), two = held(f64x2.splat(2), nothing), one = held(f64x2.splat(1), nothing);
  const begin = held(f64x2(0.5, 1.5), nothing);
  const rowBytes = f64x2.splat(<f64>stride), pixelSize = held(f64x2.splat(<f64>channels), nothing);
  // Beyond these one of the four is outside; but only two count where whole rows or columns move.
  const limitX = f64x2.splat(sizeof<Map>() == sizeof<AlongColumns>() ? <f64>width : <f64>width - 0.5);
  const limitY = f64x2.splat(alongRows ? <f64>height : <f64>height - 0.5);
  const a = v128.load64_splat(matrix), b = v128.load64_splat(matrix, 8), c = v128.load64_splat(matrix, 16);
  const d = v128.load64_splat(matrix, 24), e = v128.load64_splat(matrix, 32), f = v128.load64_splat(matrix, 40);
  const g = v128.load64_splat(matrix, 48), h = v128.load64_splat(matrix, 56);
  for (let row = 0; row < outputHeight; row++) {
    const Y = f64x2.splat(<f64>row + 0.5);
    const bY = f64x2.mul(b, Y), eY = f64x2.mul(e, Y), hY = f64x2.mul(h, Y);
    let i = 0;
    while (i < outputWidth) {
      let column = f64x2.add(f64x2.splat(<f64>i), begin);
      let X = mapped(column, a, bY, c), Y = mapped(column, d, eY, f);
      if (projective) {
        const divisor = mapped(column, g, hY, one);
        X = f64x2.div(X, divisor), Y = f64x2.div(Y, divisor);
      }
      let within = inPicture(X, Y, half, limitX, limitY);
      if (i == outputWidth - 1 || !i64x2.all_true(within)) {
        edge(x, height, width, channels, f64x2.extract_lane(X, 0), f64x2.extract_lane(Y, 0), y);
        i++, y += channels;
        continue;
      }
      // The last pair begins before it. Each coordinate only rises or only falls: between two points in the picture all are.
      let end = outputWidth - 1;
      if (!projective) {
        const steps = min(reach(lane0(X), lane0(a), lane0(limitX)), reach(lane0(Y), lane0(d), lane0(limitY)));
        end = i + <i32>min(steps, <f64>(end - i));
        for (; end > i + 1; end--) {
          const last = f64x2.splat(<f64>end + 0.5);
          if (i64x2.all_true(inPicture(mapped(last, a, bY, c), mapped(last, d, eY, f), half, limitX, limitY))) break;
        }
      }
      let atX = f64x2.sub(X, half), atY = f64x2.sub(Y, half);
      let left = f64x2.floor(atX), top = f64x2.floor(atY);
      let line = f64x2.mul(top, rowBytes);
      let places = f64x2.add(f64x2.add(line, f64x2.mul(left, pixelSize)), shift);
      // No call in this loop: V8 would keep all that is here in memory for it.
      do {
        const dx = f64x2.sub(atX, left), dy = f64x2.sub(atY, top);
        const first = x + <usize>i32x4.extract_lane(places, 0), second = x + <usize>i32x4.extract_lane(places, 2);
        column = f64x2.add(column, two);
        X = mapped(column, a, bY, c);
        if (!alongRows) Y = mapped(column, d, eY, f);
        if (projective) {
          const divisor = mapped(column, g, hY, one);
          X = f64x2.div(X, divisor), Y = f64x2.div(Y, divisor);
          within = inPicture(X, Y, half, limitX, limitY);
        }
        atX = f64x2.sub(X, half), left = f64x2.floor(atX);
        if (!alongRows) atY = f64x2.sub(Y, half), top = f64x2.floor(atY), line = f64x2.mul(top, rowBytes);
        places = f64x2.add(f64x2.add(line, f64x2.mul(left, pixelSize)), shift);
        let upper = v128.load64_lane(second, v128.load64_zero(first), 1), lower = upper;
        if (!alongRows) lower = v128.load64_lane(second + stride, v128.load64_zero(first + stride), 1);
        if (channels != 4) {
          upper = v128.or(v128.and(upper, pixelBytes), shift);
          lower = v128.or(v128.and(lower, pixelBytes), shift);
        }
        const red = channel<Pixel, Map>(upper, lower, p0, q0, dx, dy, shift);
        if (channels == 1) {
          store<u8>(y, <u8>i32x4.extract_lane(red, 0));
          store<u8>(y, <u8>i32x4.extract_lane(red, 1), 1);
        } else {
          const green = channel<Pixel, Map>(upper, lower, p1, q1, dx, dy, shift);
          const blue = channel<Pixel, Map>(upper, lower, p2, q2, dx, dy, shift);
          const colours = v128.or(v128.or(red, i32x4.shl(green, 8)), i32x4.shl(blue, 16));
          if (channels == 4) {
            const opacity = channel<Pixel, Map>(upper, lower, p3, q3, dx, dy, shift);
            v128.store64_lane(y, v128.or(colours, i32x4.shl(opacity, 24)), 0);
          } else {
            const bytes = picked(colours, order);
            v128.store32_lane(y, bytes, 0);
            v128.store16_lane(y, bytes, 2, 4);
          }
        }
        i += 2, y += 2 * channels;
      } while (i < end && (!projective || i64x2.all_true(within)));
    }
  }
}

/** Whether a shift moves pixels onto pixels. */
// @ts-ignore: decorator
@inline
function isWhole(shift: f64): bool {
  return shift == Math.floor(shift) && Math.abs(shift) < 2147483648;
}

// @ts-ignore: decorator
@inline
function affine<Pixel>(
  x: usize, height: i32, width: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  if (load<f64>(matrix, 24) == 0 && load<f64>(matrix, 32) == 1 && isWhole(load<f64>(matrix, 40))) {
    resample<Pixel, AlongRows>(x, height, width, matrix, y, outputHeight, outputWidth);
  } else if (load<f64>(matrix) == 1 && load<f64>(matrix, 8) == 0 && isWhole(load<f64>(matrix, 16))) {
    resample<Pixel, AlongColumns>(x, height, width, matrix, y, outputHeight, outputWidth);
  } else resample<Pixel, Affine>(x, height, width, matrix, y, outputHeight, outputWidth);
}

/**
 * Each pixel of y from the four pixels around (a·X + b·Y + c, d·X + e·Y + f), where (X, Y) is its centre, by the operations of
 * Pillow's bilinear filter in double precision. Pixels whose source is outside are left as they are. For 1, 3 or 4 channels.
 */
export function affineBilinear(
  x: usize, height: i32, width: i32, channels: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  if (channels == 1) affine<Grey>(x, height, width, matrix, y, outputHeight, outputWidth);
  else if (channels == 3) affine<Rgb>(x, height, width, matrix, y, outputHeight, outputWidth);
  else affine<Rgba>(x, height, width, matrix, y, outputHeight, outputWidth);
}

/** The same with both coordinates divided by g·X + h·Y + 1. */
export function perspectiveBilinear(
  x: usize, height: i32, width: i32, channels: i32, matrix: usize, y: usize, outputHeight: i32, outputWidth: i32,
): void {
  if (channels == 1) resample<Grey, Projective>(x, height, width, matrix, y, outputHeight, outputWidth);
  else if (channels == 3) resample<Rgb, Projective>(x, height, width, matrix, y, outputHeight, outputWidth);
  else resample<Rgba, Projective>(x, height, width, matrix, y, outputHeight, outputWidth);
}
