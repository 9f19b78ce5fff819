import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernelBuilds } from '../module.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { arenaOf } from '../testing/arena.ts';
import { squareSum } from './square-sum.ts';

/** What each build makes of it, all poisoned around it. */
function onAllBuilds(x: ArrayLike<number>): number[] {
  return kernelBuilds.map((build) => {
    const arena = arenaOf(build);
    const pointer = arena.put(x);
    let sum = Number.NaN;
    arena.run(() => {
      sum = squareSum(arena.k, pointer, x.length);
    });
    return sum;
  });
}

describe('squareSum', () => {
  it('agrees with the reference with any length, to the same bits in all builds', () => {
    fc.assert(
      fc.property(fc.nat(70), fc.nat(), (length, seed) => {
        const x = pseudoRandom(length, seed, 100);
        const sums = onAllBuilds(x);
        const expected = reference.squareSum(x);
        expect(Math.abs(sums[0]! - expected)).toBeLessThanOrEqual(length * 2 ** -53 * expected);
        expect(sums).toEqual(sums.map(() => sums[0]));
      }),
      { seed: 17, numRuns: 200 },
    );
  });

  it('has the value by hand', () => {
    expect(onAllBuilds([])).toEqual([0, 0, 0]);
    expect(onAllBuilds([1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11])).toEqual([506, 506, 506]);
  });

  it('loses nothing small beside something large, and does not overflow', () => {
    expect(onAllBuilds([2 ** 20, 2 ** -6, 0, 0])).toEqual(new Array(3).fill(2 ** 40 + 2 ** -12));
    const largest = (2 - 2 ** -23) * 2 ** 127;
    expect(onAllBuilds(new Array(16).fill(largest))).toEqual(new Array(3).fill(16 * largest ** 2));
    expect(onAllBuilds([1, Number.POSITIVE_INFINITY])).toEqual(new Array(3).fill(Number.POSITIVE_INFINITY));
    expect(onAllBuilds([1, Number.NaN])).toEqual(new Array(3).fill(Number.NaN));
  });
});
