import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { philox } from './philox.ts';

// The test vectors of the authors' Random123 library (tests/kat_vectors, philox4x32 10).
describe('reference', () => {
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('has the published words for %j, %j', (counter, key, words) => {
    expect(reference.philox(counter, key)).toEqual(words);
  });
});

describe('philox', () => {
  it('has the words of the reference for any counter, key and length', () => {
    const word = fc.oneof(fc.constantFrom(0, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat(0xffffffff));
    fc.assert(
      fc.property(fc.nat(5), fc.tuple(word, word, word), fc.tuple(word, word), (blocks, counter, key) => {
        const words = 16 * blocks;
        const expected = Array.from({ length: words / 4 }, (_, b) => reference.philox([b, ...counter], key)).flat();
        onEveryBuild((arena) => {
          const out = arena.output(words);
          arena.run(() => philox(arena.k, out, words, counter, key));
          expect([...Uint32Array.from(arena.integers(out, words))]).toEqual(expected);
        });
      }),
      { seed: 8, numRuns: 60 },
    );
  });
});
