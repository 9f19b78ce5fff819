import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { acCode, dcCode, padded } from '../testing/jpeg.ts';
import { jpegHuffmanTable, jpegTableBytes } from './jpeg-huffman-table.ts';

function check(code: readonly number[]): boolean {
  const expected = reference.jpegHuffmanTable(code);
  onEveryBuild((arena) => {
    const [at, table] = [arena.putBytes(code), arena.scratch(jpegTableBytes)];
    let valid = false;
    arena.run(() => {
      valid = jpegHuffmanTable(arena.k, at, table);
    });
    expect(valid).toBe(expected !== undefined);
    if (expected) expect(arena.integers(table, 1024)).toEqual(Int32Array.from(expected));
  });
  return expected !== undefined;
}

it('has what each ten bits begin with', () => {
  expect([check(padded(dcCode)), check(padded(acCode))]).toEqual([true, true]);
});

it('refuses counts that are of no code, or of the code of ones', () => {
  const of = (...counts: number[]) => padded([...counts, ...new Array(16 - counts.length).fill(0), 1, 2, 3]);
  expect([check(of(1)), check(of(2)), check(of(1, 2)), check(of(0, 3)), check(of(0, 5))]).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
  // More symbols than a byte has, of a code that would have room for them.
  expect(check(padded([...new Array(8).fill(0), 255, 255, ...new Array(6).fill(0)]))).toBe(false);
});

it('does the same as the reference with any counts', () => {
  const counts = fc.array(fc.nat(3), { minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(counts, fc.array(fc.nat(255), { minLength: 256, maxLength: 256 }), (some, symbols) => {
      check([...some, ...symbols]);
      check([0, 0, ...some.slice(2), ...symbols]);
    }),
    { seed: 5, numRuns: 40 },
  );
});
