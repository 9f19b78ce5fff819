import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { arenaOf, onEveryBuild } from '../testing/arena.ts';
import { addBias } from './add-bias.ts';

it('adds a bias to each row, of any length', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 37 }), fc.nat(99), (rows, channels, seed) => {
      const [y, bias] = [pseudoRandom(rows * channels, seed), pseudoRandom(channels, seed + 1)];
      onEveryBuild((arena) => {
        const [at, biasAt] = [arena.inPlace(arena.put(y)), arena.put(bias)];
        arena.run(() => addBias(arena.k, at, biasAt, rows, channels));
        expect(arena.floats(at, y.length)).toEqual(Float32Array.from(reference.addBias(y, bias)));
      });
    }),
    { seed: 3, numRuns: 60 },
  );
});

it('refuses what is no count, and what is outside the memory', () => {
  const { k } = arenaOf('default');
  expect(() => addBias(k, 1024, 2048, -1, 2)).toThrow('addBias: rows: expected an integer in [0, 2147483647], got -1');
  expect(() => addBias(k, 1024, 0, 1, 2)).toThrow('addBias: bias: expected 2 elements');
});
