import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose } from '../testing/expect-close.ts';
import { reluBackward, reluForward } from './relu.ts';

describe('reference', () => {
  it('has a gradient that central differences agree with', () => {
    const x = [...pseudoRandom(20, 1)];
    const dy = pseudoRandom(20, 2);
    const dx = centralDifferences(x, (input) => dot(reference.reluForward(input), dy), 1e-4);
    expectClose('dx', reference.reluBackward(reference.reluForward(x), dy), dx, 1e-10);
  });
});

describe('relu', () => {
  it('agrees with the reference to the bit on any length, also in place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70 }), fc.nat(), (length, seed) => {
        const [x, dy] = [pseudoRandom(length, seed), pseudoRandom(length, seed + 1)];
        const y = reference.reluForward(x);
        const dx = reference.reluBackward(y, dy);
        onEveryBuild((arena) => {
          const [xAt, dyAt, yAt, dxAt] = [arena.put(x), arena.put(dy), arena.output(length), arena.output(length)];
          arena.run(() => {
            reluForward(arena.k, xAt, yAt, length);
            reluBackward(arena.k, yAt, dyAt, dxAt, length);
          });
          expectClose('y', arena.floats(yAt, length), y, 0);
          expectClose('dx', arena.floats(dxAt, length), dx, 0);
        });
        onEveryBuild((arena) => {
          const [xAt, dyAt] = [arena.inPlace(arena.put(x)), arena.inPlace(arena.put(dy))];
          arena.run(() => {
            reluForward(arena.k, xAt, xAt, length);
            reluBackward(arena.k, xAt, dyAt, dyAt, length);
          });
          expectClose('y in place', arena.floats(xAt, length), y, 0);
          expectClose('dx in place', arena.floats(dyAt, length), dx, 0);
        });
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('keeps -0, infinities and NaN, as PyTorch does', () => {
    const infinity = Number.POSITIVE_INFINITY;
    const x = [-0, 0, -infinity, infinity, Number.NaN, -1e-45, 1e-45];
    onEveryBuild((arena) => {
      const [xAt, dy, y, dx] = [
        arena.put(x),
        arena.put([1, 2, 3, infinity, 5, 6, -7]),
        arena.output(7),
        arena.output(7),
      ];
      arena.run(() => {
        reluForward(arena.k, xAt, y, 7);
        reluBackward(arena.k, y, dy, dx, 7);
      });
      expect([...arena.floats(y, 7)]).toEqual([-0, 0, 0, infinity, Number.NaN, 0, Math.fround(1e-45)]);
      expect([...arena.floats(dx, 7)]).toEqual([0, 0, 0, infinity, 0, 0, -7]);
    });
  });
});
