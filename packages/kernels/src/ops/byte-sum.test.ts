import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { randomBytes } from '../testing/pictures.ts';
import { byteSum } from './byte-sum.ts';

it('sums any bytes, wherever they begin, and writes none', () => {
  fc.assert(
    fc.property(fc.nat(1100), fc.nat(15), fc.nat(1000), (length, skipped, seed) => {
      const bytes = randomBytes(skipped + length, seed);
      onEveryBuild((arena) => {
        const x = arena.putBytes(bytes);
        arena.run(() => {
          expect(byteSum(arena.k, x + skipped, length)).toBe(reference.byteSum(bytes.slice(skipped)));
        });
      });
    }),
    { seed: 12, numRuns: 60 },
  );
});

it('sums more than fit 32 bits', () => {
  onEveryBuild((arena) => {
    const length = 600_000;
    const x = arena.putBytes(new Uint8Array(length).fill(255));
    expect(byteSum(arena.k, x, length)).toBe(255 * length);
  });
});
