import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { arenaOf } from '../testing/arena.ts';
import { testPictures } from '../testing/pictures.ts';
import { resizeColumns, resizeRows } from './resize.ts';

/** Weights of three taps that add up to about one, negative ones among them, for one more pixel than there are. */
function weightsOf(size: number): { bounds: number[]; weights: number[]; taps: number } {
  const taps = 3;
  const bounds = Array.from({ length: size + 1 }, (_, i) => {
    const first = Math.max(0, Math.min(i - 1, size - 1));
    return [first, Math.min(taps, size - first)];
  }).flat();
  const weights = Array.from(pseudoRandom(taps * (size + 1), 3, 0.45), (w) => Math.round((w + 0.15) * 2 ** 22));
  return { bounds, weights, taps };
}

describe('resize', () => {
  it('sums along the rows', () => {
    testPictures({
      arrange: (arena, x, y, size) => {
        const { bounds, weights, taps } = weightsOf(size.width);
        const at = { bounds: arena.putIntegers(bounds), weights: arena.putIntegers(weights), taps };
        return () => resizeRows(arena.k, x, y, size, size.width + 1, at);
      },
      reference: (x, size) => {
        const { bounds, weights } = weightsOf(size.width);
        return reference.resizeRows(x, size, bounds, weights);
      },
    });
  });

  it('sums down the columns', () => {
    testPictures({
      arrange: (arena, x, y, size) => {
        const { bounds, weights, taps } = weightsOf(size.height);
        const at = { bounds: arena.putIntegers(bounds), weights: arena.putIntegers(weights), taps };
        return () => resizeColumns(arena.k, x, y, size, size.height + 1, at);
      },
      reference: (x, size) => {
        const { bounds, weights } = weightsOf(size.height);
        return reference.resizeColumns(x, size.width * size.channels, bounds, weights);
      },
    });
  });

  it('refuses bounds that reach outside', () => {
    const arena = arenaOf('default');
    const [x, y] = [arena.putBytes([1, 2, 3]), arena.outputBytes(1)];
    for (const bounds of [
      [-1, 1],
      [2, 2],
      [0, 3],
    ]) {
      const at = { bounds: arena.putIntegers(bounds), weights: arena.putIntegers([1, 1]), taps: 2 };
      const call = () => resizeRows(arena.k, x, y, { height: 1, width: 3, channels: 1 }, 1, at);
      expect(call).toThrow('resizeRows: expected up to 2 of 3 rows or columns for each output');
    }
  });
});
