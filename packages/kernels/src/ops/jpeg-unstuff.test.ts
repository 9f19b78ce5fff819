import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { jpegStreamBytes, jpegUnstuff } from './jpeg-unstuff.ts';

/** Bytes among which those are often that mean something. */
const bytes = fc.array(
  fc.oneof({ weight: 6, arbitrary: fc.nat(255) }, { weight: 1, arbitrary: fc.constantFrom(0xff, 0, 0xd0, 0xd1, 0xd9) }),
  { maxLength: 90 },
);

/** As the kernel lays them out: each from a multiple of 16 on, the bytes of words turned. */
function check(x: readonly number[], count: number): number | undefined {
  const expected = reference.jpegUnstuff(x, count);
  onEveryBuild((arena) => {
    const [from, segments] = [arena.putBytes(x), arena.scratch(8 * count)];
    const y = arena.scratch(jpegStreamBytes(x.length, count));
    let end = 0;
    arena.run(() => {
      end = jpegUnstuff(arena.k, from, x.length, y, segments, count);
    });
    expect(end).toBe(expected?.end ?? -1);
    for (const [n, segment] of (expected?.segments ?? []).entries()) {
      const [begin, size] = arena.integers(segments + 8 * n, 2) as unknown as [number, number];
      expect([begin % 16, size]).toEqual([0, segment.length]);
      const turned = Array.from({ length: size }, (_, i) => arena.k.u8[y + begin + (i ^ 3)]);
      expect(turned).toEqual(segment);
    }
  });
  return expected?.end;
}

it('takes the zeros behind 0xFF out, and finds the markers', () => {
  expect(check([1, 0xff, 0, 2, 0xff, 0xd0, 3, 0xff, 0xd9, 4], 2)).toBe(7);
  const long = Array.from({ length: 70 }, (_, i) => [i, 0xff, 0]).flat();
  expect(check([...long, 0xff, 0xd9], 1)).toBe(210);
});

it('refuses what has other markers, or none', () => {
  for (const x of [[], [1], [1, 2, 0xff], [1, 0xff, 0xff, 0xd9], [1, 0xff, 0xd0, 2, 0xff, 0xd9]]) {
    expect(check(x, 1)).toBeUndefined();
  }
  expect(check([1, 0xff, 0xd1, 2, 0xff, 0xd9], 2)).toBeUndefined();
  expect(check([1, 0xff, 0xd9], 2)).toBeUndefined();
});

it('does the same as the reference with any bytes', () => {
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 3 }), (x, count) => {
      check(x, count);
    }),
    { seed: 5, numRuns: 200 },
  );
});
