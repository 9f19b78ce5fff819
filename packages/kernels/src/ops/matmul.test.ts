import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { expectClose, sumBound } from '../testing/expect-close.ts';
import { matmul, matmulScratchFloats } from './matmul.ts';

function checkProduct(rows: number, depth: number, columns: number, seed: number): void {
  const [a, b] = [pseudoRandom(rows * depth, seed), pseudoRandom(depth * columns, seed + 1)];
  const c = reference.matmul(a, b, depth);
  const bound = sumBound(depth, reference.matmul(a.map(Math.abs), b.map(Math.abs), depth));
  const size = { rows, depth, columns };
  onEveryBuild((arena) => {
    const [aAt, bAt, cAt] = [arena.put(a), arena.put(b), arena.output(c.length)];
    const scratch = arena.scratch(matmulScratchFloats(arena.k, size) * 4);
    arena.run(() => matmul(arena.k, aAt, bAt, cAt, size, scratch));
    expectClose('c', arena.floats(cAt, c.length), c, bound);
  });
}

describe('matmul', () => {
  it('multiplies two small matrices exactly', () => {
    expect(reference.matmul([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], 3)).toEqual([58, 64, 139, 154]);
    onEveryBuild((arena) => {
      const size = { rows: 2, depth: 3, columns: 2 };
      const [a, b, c] = [arena.put([1, 2, 3, 4, 5, 6]), arena.put([7, 8, 9, 10, 11, 12]), arena.output(4)];
      const scratch = arena.scratch(matmulScratchFloats(arena.k, size) * 4);
      arena.run(() => matmul(arena.k, a, b, c, size, scratch));
      expect([...arena.floats(c, 4)]).toEqual([58, 64, 139, 154]);
    });
  });

  it('agrees with the reference on any size', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(fc.property(fc.integer({ min: 0, max: 60 }), side, side, fc.nat(), checkProduct), {
      seed: 5,
      numRuns: 50,
    });
  });

  it('works in scratch that begins anywhere', () => {
    const size = { rows: 3, depth: 5, columns: 7 };
    const [a, b] = [pseudoRandom(15, 1), pseudoRandom(35, 2)];
    onEveryBuild((arena) => {
      const [aAt, bAt, cAt] = [arena.put(a), arena.put(b), arena.output(21)];
      const floats = matmulScratchFloats(arena.k, size);
      const scratch = arena.scratch(floats * 4 + 4) + 4;
      arena.run(() => matmul(arena.k, aAt, bAt, cAt, size, scratch));
      expectClose('c', arena.floats(cAt, 21), reference.matmul(a, b, 5), 1e-6);
    });
  });
});
