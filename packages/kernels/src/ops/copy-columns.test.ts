import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { copyColumns } from './copy-columns.ts';

it('copies any columns from one matrix to another, and touches no others', () => {
  const side = fc.integer({ min: 0, max: 9 });
  const columns = fc.integer({ min: 1, max: 13 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), columns, side, side, side, (rows, count, before, after, shift) => {
      const [stride, toStride] = [before + count + after, shift + count + before];
      const x = pseudoRandom(rows * stride, count);
      const old = pseudoRandom(rows * toStride, count + 1);
      const expected = Float32Array.from(old);
      reference.copyColumns(x, stride, before, count).forEach((value, i) => {
        expected[Math.floor(i / count) * toStride + shift + (i % count)] = value;
      });
      onEveryBuild((arena) => {
        const [from, to] = [arena.put(x), arena.inPlace(arena.put(old))];
        arena.run(() => copyColumns(arena.k, from + before * 4, stride, to + shift * 4, toStride, rows, count));
        expect(arena.floats(to, old.length)).toEqual(expected);
      });
    }),
    { seed: 4, numRuns: 80 },
  );
});
