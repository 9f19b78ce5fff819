import { panelLanes, product } from './panels';
import { touchTaps } from './vectors';

/**
 * Convolutions of 3×3 over maps of 2×2 pixels with a border of zeros, of which direct ones make 16 products a pair of channels, in 9
 * (Karatsuba and Ofman 1962, of a Toeplitz matrix). Along one axis, with taps w and pixels x:
 *
 *     y₀ = w₁·x₀ + w₂·x₁ = w₁·(x₀ + x₁) + (w₂ − w₁)·x₁
 *     y₁ = w₀·x₀ + w₁·x₁ = w₁·(x₀ + x₁) + (w₀ − w₁)·x₀
 *
 * and so along both: planes 3a + b of the sum (0), the second (1) or the first (2) along each. The input gradient is the same with the
 * taps turned by half a turn.
 */

/** planes[9][images][channels] of x[images][2][2][channels], `plane` bytes apart. Channels in multiples of 4. */
export function karatsubaInput(x: usize, planes: usize, plane: usize, images: i32, channels: i32): void {
  const pixel = <usize>channels << 2;
  for (let n = 0; n < images; n++, x += 3 * pixel) {
    for (const end = x + pixel; x < end; x += 16, planes += 16) {
      const a = v128.load(x), b = v128.load(x + pixel), c = v128.load(x + 2 * pixel), d = v128.load(x + 3 * pixel);
      const first = f32x4.add(a, c), second = f32x4.add(b, d);
      v128.store(planes, f32x4.add(first, second));
      v128.store(planes + plane, second);
      v128.store(planes + 2 * plane, first);
      v128.store(planes + 3 * plane, f32x4.add(c, d));
      v128.store(planes + 4 * plane, d);
      v128.store(planes + 5 * plane, c);
      v128.store(planes + 6 * plane, f32x4.add(a, b));
      v128.store(planes + 7 * plane, b);
      v128.store(planes + 8 * plane, a);
    }
  }
}

/** The planes of `bytes` of weights, whose taps are `tap` bytes apart from the first on: below 0 for those turned by half a turn. */
// @ts-ignore: decorator
@inline
function weightPlanes(first: usize, tap: usize, to: usize, plane: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16, first += 16, to += 16) {
    const w3 = v128.load(first + 3 * tap), w4 = v128.load(first + 4 * tap), w5 = v128.load(first + 5 * tap);
    v128.store(to, w4);
    v128.store(to + plane, f32x4.sub(w5, w4));
    v128.store(to + 2 * plane, f32x4.sub(w3, w4));
    const a0 = f32x4.sub(v128.load(first), w3), a1 = f32x4.sub(v128.load(first + tap), w4), a2 = f32x4.sub(v128.load(first + 2 * tap), w5);
    const b0 = f32x4.sub(v128.load(first + 6 * tap), w3), b1 = f32x4.sub(v128.load(first + 7 * tap), w4), b2 = f32x4.sub(v128.load(first + 8 * tap), w5);
    v128.store(to + 3 * plane, b1);
    v128.store(to + 4 * plane, f32x4.sub(b2, b1));
    v128.store(to + 5 * plane, f32x4.sub(b0, b1));
    v128.store(to + 6 * plane, a1);
    v128.store(to + 7 * plane, f32x4.sub(a2, a1));
    v128.store(to + 8 * plane, f32x4.sub(a0, a1));
  }
}

/**
 * weights[3][3][in][out], of which `depth` input and `channels` output channels from w on, to packed[9][channels/lanes][depth][lanes], `plane`
 * bytes apart.
 */
export function karatsubaPack(w: usize, packed: usize, plane: usize, inChannels: i32, outChannels: i32, depth: i32, channels: i32): void {
  const row = <usize>outChannels << 2, tap = row * inChannels;
  touchTaps(w, depth, row, <usize>channels << 2, tap, packed);
  for (let c = 0; c < depth; c++, w += row) {
    for (let k = 0; k < channels; ) {
      const lanes = panelLanes(k, channels);
      weightPlanes(w + (<usize>k << 2), tap, packed + (<usize>(k * depth + c * lanes) << 2), plane, <usize>lanes << 2);
      k += lanes;
    }
  }
}

/** weights[3][3][in][out], turned by half a turn, of which `channels` input channels from w on, to planes[9][channels][out]. */
export function karatsubaTurn(w: usize, planes: usize, inChannels: i32, outChannels: i32, channels: i32): void {
  const row = <usize>outChannels << 2, tap = row * inChannels, bytes = row * channels;
  weightPlanes(w + 8 * tap, 0 - tap, planes, bytes, bytes);
}

/**
 * to[9][rows][channels] = (`more`: +=) planes[9][rows][depth, of rows of `row` bytes] · packed[9][depth][channels], each `…Plane` bytes
 * apart; whole register tiles of rows.
 */
export function karatsubaProducts(planes: usize, plane: usize, row: usize, packed: usize, packedPlane: usize, to: usize, toPlane: usize, rows: i32, depth: i32, channels: i32, more: bool): void {
  const toRow = <usize>channels << 2;
  for (let p = 0; p < 9; p++, planes += plane, packed += packedPlane, to += toPlane) {
    for (let k = 0; k < channels; ) {
      const lanes = panelLanes(k, channels);
      product(lanes, planes, row, packed + (<usize>(k * depth) << 2), to + (<usize>k << 2), toRow, rows, depth, more);
      k += lanes;
    }
  }
}

/**
 * y[images][2][2][channels, `pixel` bytes apart] = bias + the products' planes[9][images][rows of `row` bytes, of which `channels`], but not
 * less than `least`.
 */
export function karatsubaOutput(planes: usize, plane: usize, row: usize, bias: usize, y: usize, pixel: usize, images: i32, channels: i32, least: f32): void {
  const floor = f32x4.splat(least);
  for (let n = 0; n < images; n++, planes += row, y += 4 * pixel) {
    for (let c: usize = 0; c < <usize>channels << 2; c += 16) {
      const from = planes + c, to = y + c, start = v128.load(bias + c);
      const sum = v128.load(from), second = v128.load(from + 3 * plane), first = v128.load(from + 6 * plane);
      const sum0 = f32x4.add(sum, v128.load(from + plane)), sum1 = f32x4.add(sum, v128.load(from + 2 * plane));
      const second0 = f32x4.add(second, v128.load(from + 4 * plane)), second1 = f32x4.add(second, v128.load(from + 5 * plane));
      const first0 = f32x4.add(first, v128.load(from + 7 * plane)), first1 = f32x4.add(first, v128.load(from + 8 * plane));
      v128.store(to, f32x4.max(f32x4.add(f32x4.add(sum0, second0), start), floor));
      v128.store(to + pixel, f32x4.max(f32x4.add(f32x4.add(sum1, second1), start), floor));
      v128.store(to + 2 * pixel, f32x4.max(f32x4.add(f32x4.add(sum0, first0), start), floor));
      v128.store(to + 3 * pixel, f32x4.max(f32x4.add(f32x4.add(sum1, first1), start), floor));
    }
  }
}
