import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { randomBytes, sizes } from '../testing/pictures.ts';
import { normalise } from './normalise.ts';

describe('normalise', () => {
  it('takes each channel through its own table, to the bit, wherever the bytes begin', () => {
    fc.assert(
      fc.property(sizes, fc.nat(3), fc.nat(1000), ({ height, width, channels }, skipped, seed) => {
        const count = height * width * channels;
        const bytes = randomBytes(skipped + count, seed);
        const tables = pseudoRandom(256 * channels, seed);
        onEveryBuild((arena) => {
          const [x, tablesAt, y] = [arena.putBytes(bytes), arena.put(tables), arena.output(count)];
          arena.run(() => normalise(arena.k, x + skipped, tablesAt, y, height * width, channels));
          expect([...arena.floats(y, count)]).toEqual(reference.normalise(bytes.slice(skipped), tables, channels));
        });
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  it('reads all of 256 bytes', () => {
    const table = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - 0.5) / 0.25);
    onEveryBuild((arena) => {
      const x = arena.putBytes(Array.from(table, (_, i) => i));
      const [tables, y] = [arena.put(table), arena.output(256)];
      arena.run(() => normalise(arena.k, x, tables, y, 256, 1));
      expect(arena.floats(y, 256)).toEqual(table);
    });
  });
});
