import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { arenaOf, onEveryBuild } from '../testing/arena.ts';
import { expectClose, roundoff } from '../testing/expect-close.ts';
import { dropout, dropoutScratchBytes } from './dropout.ts';

const stream = { seed: 0xfedcba98, purpose: 4, epoch: 3, position: 70_000, layer: 11 };

describe('dropout', () => {
  it('agrees with the reference on any size, also in place', () => {
    const p = fc.constantFrom(0, 0.1, 0.5, 0.9, 1 - 2 ** -53);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 70 }),
        p,
        fc.nat(),
        (images, size, rate, seed) => {
          const x = pseudoRandom(images * size, seed);
          const at = { ...stream, seed };
          const y = reference.dropout(x, size, at, rate);
          const close = (i: number) => 2 * roundoff * Math.abs(y[i]!);
          onEveryBuild((arena) => {
            const [xAt, yAt, scratch] = [arena.put(x), arena.output(x.length), arena.scratch(dropoutScratchBytes)];
            arena.run(() => dropout(arena.k, xAt, yAt, images, size, at, rate, scratch));
            expectClose('y', arena.floats(yAt, x.length), y, close);
          });
          onEveryBuild((arena) => {
            const [xAt, scratch] = [arena.inPlace(arena.put(x)), arena.scratch(dropoutScratchBytes)];
            arena.run(() => dropout(arena.k, xAt, xAt, images, size, at, rate, scratch));
            expectClose('y in place', arena.floats(xAt, x.length), y, close);
          });
        },
      ),
      { seed: 9, numRuns: 50 },
    );
  });

  const mask = (changes: Partial<typeof stream>, p = 0.5, size = 4096): Float32Array => {
    const arena = arenaOf('default');
    const [x, y] = [arena.put(new Float32Array(size).fill(1)), arena.output(size)];
    dropout(arena.k, x, y, 1, size, { ...stream, ...changes }, p, arena.scratch(dropoutScratchBytes));
    return arena.floats(y, size);
  };

  it.each([0.1, 0.25, 0.5, 0.8])('drops a share of %d, and keeps the mean', (p) => {
    const size = 65536;
    const values = mask({}, p, size);
    const dropped = values.filter((value) => value === 0).length / size;
    expect(Math.abs(dropped - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / size)); // four standard deviations
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / (1 - p))]));
  });

  it.each([{ seed: 1 }, { purpose: 5 }, { epoch: 4 }, { position: 70_001 }, { layer: 12 }])(
    'has another mask for %j, half of which is the same',
    (changes) => {
      const [one, other] = [mask({}), mask(changes)];
      const same = one.filter((value, i) => value === other[i]).length / one.length;
      expect(Math.abs(same - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / one.length));
    },
  );

  it('gives each image the mask of its position, whoever computes it', () => {
    const size = 37;
    const x = pseudoRandom(3 * size, 1);
    onEveryBuild((arena) => {
      const scratch = arena.scratch(dropoutScratchBytes);
      const [xAt, all, one] = [arena.put(x), arena.output(3 * size), arena.output(size)];
      arena.run(() => {
        dropout(arena.k, xAt, all, 3, size, stream, 0.5, scratch);
        dropout(arena.k, xAt + 2 * size * 4, one, 1, size, { ...stream, position: stream.position + 2 }, 0.5, scratch);
      });
      expect(arena.floats(one, size)).toEqual(arena.floats(all, 3 * size).subarray(2 * size));
    });
  });

  it.each([-0.1, 1, Number.NaN])('refuses p = %d', (p) => {
    expect(() => mask({}, p)).toThrow(expect.objectContaining({ code: 'KERNEL_ARGUMENT' }));
  });

  it.each([{ seed: -1 }, { epoch: 2 ** 32 }, { position: 0.5 }])('refuses the stream %j', (changes) => {
    expect(() => mask(changes)).toThrow(expect.objectContaining({ code: 'KERNEL_ARGUMENT' }));
  });
});
