import { SPARE, SPARE_BYTES } from './geometry';
import { outerShards, panelLanes } from './panels';
import { copyLanes } from './lanes';

/** Rows of a register tile. */
const TILE_ROWS: i32 = 6;
/** Output channels whose tiles follow each other, so that what they store of a row of weights is neighbours. */
const CHANNEL_BLOCK: i32 = 64;

/**
 * What convolutionWeightGradient (convolution.ts) computes, in the same order and so to the same bits, where a shard has few pixels:
 * then one call makes a tile over all shards, and pairs of places say which pixels meet at a tap, instead of three loops
 * of a few rounds each. `values` is what a tap has.
 *
 * `records` as there; `taps` holds one record a tap, int32: a pointer to its pairs, and how many an image has. A pair is int32: bytes
 * from x to the input pixel, and from dy to the output pixel; first those of a shard's first image.
 */
export function convolutionWeightGradientListed(g: usize, taps: usize, tapCount: i32, values: i32, records: usize, shards: i32, dw: usize, channels: i32): void {
  const spare = <usize>load<i32>(g, SPARE), stack = spare + SPARE_BYTES;
  if (shards == 0) {
    memory.fill(dw, 0, <usize>(tapCount * values * channels) << 2);
    return;
  }
  const row = <usize>channels << 2;
  for (let first = 0; first < channels; first += CHANNEL_BLOCK) {
    const end = min(channels, first + CHANNEL_BLOCK);
    for (let t = 0; t < tapCount; t++) {
      const pairs = <usize>load<i32>(taps + 8 * t), imagePairs = load<i32>(taps + 8 * t, 4);
      for (let value = 0; value < values; value += TILE_ROWS) {
        const used = min(TILE_ROWS, values - value);
        const to = dw + row * (t * values + value);
        for (let k = first; k < end; ) {
          const lanes = panelLanes(k, channels), usedLanes = min(lanes, channels - k);
          const target = to + (<usize>k << 2), whole = used == TILE_ROWS && usedLanes == lanes;
          outerShards(
            lanes, records, shards, <usize>value << 2, <usize>k << 2, pairs, imagePairs, stack,
            whole ? target : spare, whole ? row : <usize>lanes << 2,
          );
          if (!whole) for (let r = 0; r < used; r++) copyLanes(target + row * r, spare + (<usize>(lanes * r) << 2), usedLanes);
          k += lanes;
        }
      }
    }
  }
}
