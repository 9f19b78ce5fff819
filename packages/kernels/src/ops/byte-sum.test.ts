import { expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { randomBytes } from '../testing/pictures.ts';
import { byteSum } from './byte-sum.ts';

it.each([0, 1, 15, 16, 17, 1000])('sums %i bytes', (length) => {
  const bytes = randomBytes(length, length);
  onEveryBuild((arena) => {
    const x = arena.putBytes(bytes);
    expect(byteSum(arena.k, x, length)).toBe(reference.byteSum(bytes));
  });
});

it('sums more than fit 32 bits', () => {
  onEveryBuild((arena) => {
    const length = 600_000;
    const x = arena.putBytes(new Uint8Array(length).fill(255));
    expect(byteSum(arena.k, x, length)).toBe(255 * length);
  });
});
