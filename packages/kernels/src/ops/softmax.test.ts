import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from '../testing/expect-close.ts';
import { softmaxBackward, softmaxForward } from './softmax.ts';

describe('reference', () => {
  it('has a gradient that central differences agree with', () => {
    const x = [...pseudoRandom(15, 1, 3)];
    const dy = pseudoRandom(15, 2);
    const dx = centralDifferences(x, (input) => dot(reference.softmax(input, 5), dy), 1e-4);
    expectClose('dx', reference.softmaxBackward(reference.softmax(x, 5), dy, 5), dx, 1e-8);
  });
});

describe('softmax', () => {
  it('agrees with the reference on any size and magnitude, also in place', () => {
    const scale = fc.constantFrom(1e-3, 1, 10, 100);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 1, max: 23 }),
        scale,
        fc.nat(),
        (rows, channels, size, seed) => {
          const length = rows * channels;
          const [x, dy] = [pseudoRandom(length, seed, size), pseudoRandom(length, seed + 1)];
          const y = reference.softmax(x, channels);
          const kept = Float32Array.from(y);
          const dx = reference.softmaxBackward(kept, dy, channels);
          // A rounding error of x − max, which is up to 2·size, is that many times the power's.
          const close = (i: number) => (5 + 2 * size) * roundoff * y[i]! + 1e-44;
          const closeGradient = (i: number) => 4 * roundoff * kept[i]! + 1e-44;
          onEveryBuild((arena) => {
            const [xAt, keptAt, dyAt] = [arena.put(x), arena.put(kept), arena.put(dy)];
            const [yAt, dxAt] = [arena.output(length), arena.output(length)];
            arena.run(() => {
              softmaxForward(arena.k, xAt, yAt, rows, channels);
              softmaxBackward(arena.k, keptAt, dyAt, dxAt, rows, channels);
            });
            expectClose('y', arena.floats(yAt, length), y, close);
            expectClose('dx', arena.floats(dxAt, length), dx, closeGradient);
          });
          onEveryBuild((arena) => {
            const [xAt, keptAt, dyAt] = [arena.inPlace(arena.put(x)), arena.put(kept), arena.inPlace(arena.put(dy))];
            arena.run(() => {
              softmaxForward(arena.k, xAt, xAt, rows, channels);
              softmaxBackward(arena.k, keptAt, dyAt, dyAt, rows, channels);
            });
            expectClose('y in place', arena.floats(xAt, length), y, close);
            expectClose('dx in place', arena.floats(dyAt, length), dx, closeGradient);
          });
        },
      ),
      { seed: 7, numRuns: 80 },
    );
  });

  it.each([
    [
      [1000, 1000],
      [0.5, 0.5],
    ],
    [
      [-1e30, 0, -1e30, -1e30, -1e30],
      [0, 1, 0, 0, 0],
    ],
    [
      [3, Number.NEGATIVE_INFINITY, 3, 3, 3],
      [0.25, 0, 0.25, 0.25, 0.25],
    ],
    [[1, 2, 3, 4, Number.NaN], new Array(5).fill(Number.NaN)],
    [[1, Number.NaN, 3, 4, 5, 6], new Array(6).fill(Number.NaN)],
    [[7], [1]],
  ])('of %j is %j', (x, y) => {
    onEveryBuild((arena) => {
      const [xAt, yAt] = [arena.put(x), arena.output(x.length)];
      arena.run(() => softmaxForward(arena.k, xAt, yAt, 1, x.length));
      expect([...arena.floats(yAt, x.length)]).toEqual(y);
    });
  });
});
