import { high, low } from './lanes';

// What both passes of a batch normalisation sum by.

/** Pixels whose values are summed in float32: those with an even place and those with an odd one, each in an accumulator of its own. */
export const RUN_PIXELS: i32 = 32;

/** Bytes of a pixel from which the machine no longer foresees four pixels side by side: they are read in one go before, so many at a time. */
export const FAR_PIXEL: usize = 96 << 2;
export const FAR_PIXELS: i32 = 32;

/** Channels in whole groups of eight. */
// @ts-ignore: decorator
@inline
export function groupsOf(channels: i32): usize {
  return <usize>((channels + 7) & ~7);
}

/** totals[c] += sums[c], float64 and float32, over whole groups of channels. */
export function addRun(sums: usize, totals: usize, groups: usize): void {
  for (let end = sums + (groups << 2); sums < end; sums += 32, totals += 64) {
    const a = v128.load(sums), b = v128.load(sums, 16);
    v128.store(totals, f64x2.add(v128.load(totals, 16), high(a)), 16);
    v128.store(totals, f64x2.add(v128.load(totals), low(a)));
    v128.store(totals, f64x2.add(v128.load(totals, 48), high(b)), 48);
    v128.store(totals, f64x2.add(v128.load(totals, 32), low(b)), 32);
  }
}
