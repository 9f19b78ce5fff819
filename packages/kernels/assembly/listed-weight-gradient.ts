import { SPARE, SPARE_BYTES } from './geometry';
import { copyLanes } from './lanes';
import { outerShards, panelLanes } from './panels';
import { LINE } from './vectors';

/** Rows of a register tile. */
const TILE_ROWS: i32 = 6;
/** Bytes of such a tile's input values at one pair. */
const TILE_BYTES: usize = 24;
/** Output channels that are brought together at a time: their tiles follow each other, so that what they store of a row of weights is neighbours. */
const CHANNEL_BLOCK: i32 = 64;
/** Bytes of input values that are brought together at a time, if that is a few tiles at least: they stay in the second cache. */
const VALUE_BYTES: i32 = 262144;
const LEAST_TILES: i32 = 16;
const RECORD: usize = 16;

/** Bytes from a tile's input values to the next one's: an odd number of lines, since of what is 2ⁿ lines apart little fits the first cache. */
function tileStep(pairs: i32): i32 {
  return (pairs * <i32>TILE_BYTES + <i32>LINE - 1) / <i32>LINE * <i32>LINE | <i32>LINE;
}

/** Bytes of `work` that {@link convolutionWeightGradientListed} needs for so many pairs of one tap, over all shards. */
export function listedWeightGradientBytes(pairs: i32): i32 {
  return pairs * CHANNEL_BLOCK * 4 + max(VALUE_BYTES, LEAST_TILES * tileStep(pairs));
}

/**
 * What convolutionWeightGradient (convolution.ts) computes, in the same order and so to the same bits, where shards have few
 * pixels. Pairs of places say which pixels meet at a tap. What is at them is first copied together: pixels of 2ⁿ channels lie such that
 * few of them fit the first cache at once, and every tile reads all of them. Then one call makes a tile over all shards.
 *
 * `records` as there; `taps` holds one record a tap, int32: a pointer to its pairs, and how many an image has. A pair is int32: bytes
 * from x to the input pixel, and from dy to the output pixel; first those of a shard's first image. `values` is what a tap has.
 */
export function convolutionWeightGradientListed(g: usize, taps: usize, tapCount: i32, values: i32, records: usize, shards: i32, dw: usize, channels: i32, work: usize): void {
  const spare = <usize>load<i32>(g, SPARE), stack = spare + SPARE_BYTES;
  if (shards == 0) {
    memory.fill(dw, 0, <usize>(tapCount * values * channels) << 2);
    return;
  }
  const row = <usize>channels << 2;
  let images = 0;
  for (let s = 0; s < shards; s++) images += load<i32>(records + RECORD * s, 8);
  for (let t = 0; t < tapCount; t++) {
    const list = <usize>load<i32>(taps + 8 * t), imagePairs = load<i32>(taps + 8 * t, 4), pairs = images * imagePairs;
    const pixels = work + <usize>(pairs * CHANNEL_BLOCK << 2);
    const step = tileStep(pairs), block = max(LEAST_TILES, VALUE_BYTES / step) * TILE_ROWS;
    for (let firstValue = 0; firstValue < values; firstValue += block) {
      const endValue = min(values, firstValue + block);
      bringValues(records, shards, list, imagePairs, firstValue, endValue, pixels, step);
      for (let first = 0; first < channels; first += CHANNEL_BLOCK) {
        const end = min(channels, first + CHANNEL_BLOCK);
        // If that is all of them, they stay.
        if (firstValue == 0 || channels > CHANNEL_BLOCK) bringChannels(records, shards, list, imagePairs, pairs, first, end, channels, work);
        let a = pixels;
        for (let value = firstValue; value < endValue; value += TILE_ROWS, a += step) {
          const used = min(TILE_ROWS, values - value), to = dw + row * (t * values + value);
          let b = work;
          for (let k = first; k < end; ) {
            const lanes = panelLanes(k, channels), usedLanes = min(lanes, channels - k);
            const target = to + (<usize>k << 2), whole = used == TILE_ROWS && usedLanes == lanes;
            outerShards(lanes, records, shards, a, b, imagePairs, stack, whole ? target : spare, whole ? row : <usize>lanes << 2);
            if (!whole) for (let r = 0; r < used; r++) copyLanes(target + row * r, spare + (<usize>(lanes * r) << 2), usedLanes);
            b += <usize>(lanes * pairs) << 2;
            k += lanes;
          }
        }
      }
    }
  }
}

/** to[⌈values/6⌉][pairs][6] = the values [first, end) of x at all pairs of all shards, one tile's `step` bytes behind the other's. */
function bringValues(records: usize, shards: i32, list: usize, imagePairs: i32, first: i32, end: i32, to: usize, step: usize): void {
  for (let s = 0; s < shards; s++, records += RECORD) {
    const x = <usize>load<i32>(records) + (<usize>first << 2);
    for (let pair = list, last = list + <usize>(load<i32>(records, 8) * imagePairs) * 8; pair < last; pair += 8, to += TILE_BYTES) {
      let from = x + load<i32>(pair), place = to;
      for (let value = first; value < end; value += TILE_ROWS, from += TILE_BYTES, place += step) {
        v128.store(place, v128.load(from));
        store<u64>(place, load<u64>(from, 16), 16);
      }
    }
  }
}

/** Panel after panel of the channels [first, end): to[pairs][lanes] = the values of dy at all pairs of all shards. */
function bringChannels(records: usize, shards: i32, list: usize, imagePairs: i32, pairs: i32, first: i32, end: i32, channels: i32, to: usize): void {
  for (let k = first; k < end; ) {
    const lanes = panelLanes(k, channels), bytes = <usize>lanes << 2;
    for (let s = 0; s < shards; s++) {
      const record = records + RECORD * <usize>s, dy = <usize>load<i32>(record, 4) + (<usize>k << 2);
      for (let pair = list, last = list + <usize>(load<i32>(record, 8) * imagePairs) * 8; pair < last; pair += 8, to += bytes) {
        const from = dy + load<i32>(pair, 4);
        for (let byte: usize = 0; byte < bytes; byte += 16) v128.store(to + byte, v128.load(from + byte));
      }
    }
    k += lanes;
  }
}
