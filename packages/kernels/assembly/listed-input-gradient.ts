import { SPARE } from './geometry';
import { DOT_COLUMNS, dots } from './tiles';

/** Rows of a tile of inner products, and input channels that it is made for. */
const TILE_ROWS: i32 = 6;
const CHANNELS: i32 = 4;
/** Bytes from a row of a tile's sums to the next: eight lanes for each channel. They lie in SPARE, and where a weight gradient has its sums. */
const SUMS_ROW: usize = 4 * 8 * 4;
/** Bytes of weights that all listed places go through before the next: they stay in the first cache. */
const WEIGHT_BLOCK_BYTES: i32 = 24576;

/** Sums of the lanes of four sums of eight: lane l and l + 4 first, then l and l + 2, then l and l + 1. */
// @ts-ignore: decorator
@inline
function laneSums(from: usize): v128 {
  const s0 = f32x4.add(v128.load(from), v128.load(from, 16)), s1 = f32x4.add(v128.load(from, 32), v128.load(from, 48));
  const s2 = f32x4.add(v128.load(from, 64), v128.load(from, 80)), s3 = f32x4.add(v128.load(from, 96), v128.load(from, 112));
  const left = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 4, 1, 5), v128.shuffle<f32>(s0, s1, 2, 6, 3, 7));
  const right = f32x4.add(v128.shuffle<f32>(s2, s3, 0, 4, 1, 5), v128.shuffle<f32>(s2, s3, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(left, right, 0, 1, 4, 5), v128.shuffle<f32>(left, right, 2, 3, 6, 7));
}

/** A listed place: the last one where there are no more. */
// @ts-ignore: decorator
@inline
function place(pair: usize, end: usize, row: usize): usize {
  return min(pair + 8 * row, end - 8);
}

/**
 * dx[pixel][value] += the inner product of dy[its output pixel] and w[tap][value], tap after tap, where maps are so small that turning the
 * weights for the register tile would cost as much as the products. The weights are read as they lie, once.
 *
 * `taps` as in listed-weight-gradient.ts: a pair is bytes from dx to the input pixel, and from dy to the output pixel. `values`
 * is what a tap has, in multiples of 4; channels out are multiples of 8. Overwrites `bytes` of dx.
 */
export function convolutionInputGradientListed(g: usize, taps: usize, tapCount: i32, w: usize, dy: usize, dx: usize, images: i32, values: i32, outChannels: i32, bytes: i32): void {
  memory.fill(dx, 0, bytes);
  const sums = <usize>load<i32>(g, SPARE), row = <usize>outChannels << 2;
  const block = max(CHANNELS, WEIGHT_BLOCK_BYTES / <i32>row / CHANNELS * CHANNELS);
  for (let t = 0; t < tapCount; t++) {
    const pairs = <usize>load<i32>(taps + 8 * t), end = pairs + <usize>(load<i32>(taps + 8 * t, 4) * images) * 8;
    const weights = w + row * (t * values);
    for (let first = 0; first < values; first += block) {
      const last = min(values, first + block);
      for (let pair = pairs; pair < end; pair += TILE_ROWS * 8) {
        const a0 = dy + load<i32>(pair, 4), a1 = dy + load<i32>(place(pair, end, 1), 4), a2 = dy + load<i32>(place(pair, end, 2), 4);
        const a3 = dy + load<i32>(place(pair, end, 3), 4), a4 = dy + load<i32>(place(pair, end, 4), 4), a5 = dy + load<i32>(place(pair, end, 5), 4);
        const count = min(TILE_ROWS, <i32>(end - pair) >> 3);
        for (let c = first; c < last; c += CHANNELS) {
          for (let d = 0; d < CHANNELS; d += DOT_COLUMNS) {
            dots(a0, a1, a2, a3, a4, a5, weights + row * (c + d), row, outChannels, sums + 32 * d, SUMS_ROW);
          }
          for (let r = 0; r < count; r++) {
            const to = dx + load<i32>(pair + 8 * r) + (<usize>c << 2);
            v128.store(to, f32x4.add(v128.load(to), laneSums(sums + SUMS_ROW * r)));
          }
        }
      }
    }
  }
}
