import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { expectClose } from '../testing/expect-close.ts';
import { transposePlanes } from './flatten.ts';

describe('transposePlanes', () => {
  it("makes PyTorch's order of a map of 2 pixels and 3 channels", () => {
    const y = [1, 4, 2, 5, 3, 6];
    expect(reference.transposePlanes([1, 2, 3, 4, 5, 6], 1, 2, 3)).toEqual(y);
    onEveryBuild((arena) => {
      const [xAt, yAt] = [arena.put([1, 2, 3, 4, 5, 6]), arena.output(6)];
      arena.run(() => transposePlanes(arena.k, xAt, yAt, 1, 2, 3));
      expect([...arena.floats(yAt, 6)]).toEqual(y);
    });
  });

  it('agrees with the reference to the bit on any shape, and the way back undoes it', () => {
    const size = fc.integer({ min: 0, max: 18 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), size, size, fc.nat(), (images, pixels, channels, seed) => {
        const x = pseudoRandom(images * pixels * channels, seed);
        const y = reference.transposePlanes(x, images, pixels, channels);
        onEveryBuild((arena) => {
          const [xAt, yAt, backAt] = [arena.put(x), arena.output(x.length), arena.output(x.length)];
          arena.run(() => {
            transposePlanes(arena.k, xAt, yAt, images, pixels, channels);
            transposePlanes(arena.k, yAt, backAt, images, channels, pixels);
          });
          expectClose('y', arena.floats(yAt, x.length), y, 0);
          expectClose('back', arena.floats(backAt, x.length), x, 0);
        });
      }),
      { seed: 4, numRuns: 50 },
    );
  });
});
