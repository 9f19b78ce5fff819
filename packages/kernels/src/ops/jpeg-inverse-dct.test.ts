import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { jpegInverseDct, jpegInverseDctScratchBytes } from './jpeg-inverse-dct.ts';

const words = (values: readonly number[]) => new Uint8Array(Int16Array.from(values).buffer);

describe.each([8, 4, 2, 1] as const)('blocks of %d pixels', (size) => {
  it('are those of the reference, and leave what is beside them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(3), fc.nat(1000), (blocks, beside, seed) => {
        const random = pseudoRandom(64 * (blocks + 1), seed, 1);
        const quantisation = Array.from(random.subarray(0, 64), (value) => 1 + Math.floor(20 * Math.abs(value)));
        // One with the first coefficient alone, others as large as pixels make them, others of noise.
        const x = Array.from({ length: blocks }, (_, block) =>
          Array.from(random.subarray(64 * (block + 1), 64 * (block + 2)), (value, i) => {
            if (block === 1 && i > 0) return 0;
            return Math.round(((block % 2 === 0 ? 200 : 1000) * value) / quantisation[i]!);
          }),
        );
        const stride = blocks * size + beside;
        onEveryBuild((arena) => {
          const at = arena.putBytes(words(x.flat()) as unknown as number[]);
          const extents = arena.putBytes(x.map((_, block) => (block === 1 ? 0 : 63)));
          const table = arena.putBytes(words(quantisation) as unknown as number[]);
          const background = Array.from({ length: size * stride }, (_, i) => i % 251);
          const y = arena.inPlace(arena.putBytes(background));
          const scratch = arena.scratch(jpegInverseDctScratchBytes);
          arena.run(() => jpegInverseDct(arena.k, at, extents, blocks, table, y, stride, size, scratch));
          const expected = Uint8Array.from(background);
          for (const [block, values] of x.entries()) {
            reference.jpegInverseDct(values, quantisation, size).forEach((value, i) => {
              expected[Math.floor(i / size) * stride + block * size + (i % size)] = value;
            });
          }
          expect(arena.bytes(y, size * stride)).toEqual(expected);
        });
      }),
      { seed: 5, numRuns: 40 },
    );
  });
});

it('is within one of the cosines in double precision', () => {
  const x = Array.from(pseudoRandom(64, 7, 90), Math.round);
  const basis = (frequency: number, place: number) =>
    (frequency === 0 ? Math.SQRT1_2 : 1) * Math.cos(((2 * place + 1) * frequency * Math.PI) / 16) * 0.5;
  const bytes = reference.jpegInverseDct(x, new Array(64).fill(1), 8);
  for (const [i, byte] of bytes.entries()) {
    let sum = 128;
    for (const [j, value] of x.entries()) sum += value * basis(j >> 3, i >> 3) * basis(j & 7, i & 7);
    expect(Math.abs(byte - Math.min(255, Math.max(0, sum)))).toBeLessThanOrEqual(1);
  }
});
