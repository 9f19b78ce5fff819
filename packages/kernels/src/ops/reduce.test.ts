import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { expectClose, roundoff } from '../testing/expect-close.ts';
import { add, columnSums, treeSum } from './reduce.ts';

const float32Sum = (left: Float32Array, right: Float32Array) => left.map((value, i) => value + right[i]!);

describe('reference', () => {
  it.each<[number, string]>([
    [1, '1'],
    [2, '(12)'],
    [3, '((12)3)'],
    [4, '((12)(34))'],
    [5, '(((12)(34))5)'],
    [6, '(((12)(34))(56))'],
    [7, '(((12)(34))((56)7))'],
    [8, '(((12)(34))((56)(78)))'],
  ])('has the tree of %i leaves', (count, tree) => {
    const leaves = Array.from({ length: count }, (_, i) => String(i + 1));
    expect(reference.treeSum(leaves, (left, right) => `(${left}${right})`)).toBe(tree);
  });

  it('has the same tree as a program for a stack', () => {
    for (let count = 1; count <= 40; count++) {
      const leaves = Array.from({ length: count }, (_, i) => `${i},`);
      const stack: string[] = [];
      reference.treeMerges(count).forEach((merges, i) => {
        stack.push(leaves[i]!);
        for (let m = 0; m < merges; m++) stack.push(`(${stack.splice(-2).join('')})`);
      });
      expect(stack).toEqual([reference.treeSum(leaves, (left, right) => `(${left}${right})`)]);
    }
  });
});

describe('treeSum', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])(
    'adds %i rows in the order of the tree, to the bit',
    (count) => {
      // Full mantissas of like magnitude: the sum has other bits in any other order.
      const rows = Array.from({ length: count }, (_, i) => pseudoRandom(48, i, 0.7));
      const expected = reference.treeSum(rows, float32Sum);
      if (count > 2) expect(expected).not.toEqual(rows.reduceRight((right, left) => float32Sum(left, right)));
      if (count > 3) expect(expected).not.toEqual(rows.reduce(float32Sum));
      onEveryBuild((arena) => {
        const at = arena.inPlace(arena.put(rows.flatMap((row) => [...row])));
        const [merges, out] = [arena.putIntegers(reference.treeMerges(count)), arena.output(48)];
        arena.run(() => treeSum(arena.k, at, count, 48, merges, out));
        expect(arena.floats(out, 48)).toEqual(expected);
      });
    },
  );

  it('agrees with the reference on any number of rows of any length, to the bit', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(20), fc.nat(), (count, vectors, seed) => {
        const length = 4 * vectors;
        const rows = Array.from({ length: count }, (_, i) => pseudoRandom(length, seed + i));
        const expected = count > 0 ? reference.treeSum(rows, float32Sum) : new Float32Array(length);
        onEveryBuild((arena) => {
          const at = arena.inPlace(arena.put(rows.flatMap((row) => [...row])));
          const [merges, out] = [arena.putIntegers(reference.treeMerges(count)), arena.output(length)];
          arena.run(() => treeSum(arena.k, at, count, length, merges, out));
          expect(arena.floats(out, length)).toEqual(expected);
        });
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  it('is zero for no rows', () => {
    onEveryBuild((arena) => {
      const [rows, merges, out] = [arena.put([]), arena.putIntegers([]), arena.output(8)];
      arena.run(() => treeSum(arena.k, rows, 0, 8, merges, out));
      expect(arena.floats(out, 8)).toEqual(new Float32Array(8));
    });
  });

  it('may leave its sum in the first row', () => {
    onEveryBuild((arena) => {
      const rows = arena.inPlace(arena.put([1, 2, 3, 4, 10, 20, 30, 40, 100, 200, 300, 400]));
      const merges = arena.putIntegers([0, 1, 1]);
      arena.run(() => treeSum(arena.k, rows, 3, 4, merges, rows));
      expect([...arena.floats(rows, 4)]).toEqual([111, 222, 333, 444]);
    });
  });

  it.each([[[1, 0]], [[0, 2]], [[0, 0]], [[0, -1]], [[0, 0, 1]], [[0, 1, 2]]])(
    'refuses merges that are no tree: %j',
    (merges) => {
      onEveryBuild((arena) => {
        const rows = arena.put(new Float32Array(merges.length * 4));
        const [at, out] = [arena.putIntegers(merges), arena.scratch(16)];
        const before = arena.integers(out, 4);
        expect(() => treeSum(arena.k, rows, merges.length, 4, at, out)).toThrow(
          expect.objectContaining({ name: 'KernelError', code: 'KERNEL_ARGUMENT' }),
        );
        expect(arena.integers(out, 4)).toEqual(before);
      });
    },
  );
});

describe('add', () => {
  it('agrees with the reference to the bit on any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70 }), fc.nat(), (length, seed) => {
        const [left, right] = [pseudoRandom(length, seed), pseudoRandom(length, seed + 1, 1e-3)];
        onEveryBuild((arena) => {
          const [leftAt, rightAt] = [arena.inPlace(arena.put(left)), arena.put(right)];
          arena.run(() => add(arena.k, leftAt, rightAt, length));
          expect(arena.floats(leftAt, length)).toEqual(float32Sum(left, right));
        });
      }),
      { seed: 8, numRuns: 50 },
    );
  });

  it('adds infinities and NaN as IEEE 754 has it', () => {
    const infinity = Number.POSITIVE_INFINITY;
    onEveryBuild((arena) => {
      const [left, right] = [
        arena.inPlace(arena.put([infinity, infinity, Number.NaN, -0, -0])),
        arena.put([1, -infinity, 1, -0, 0]),
      ];
      arena.run(() => add(arena.k, left, right, 5));
      expect([...arena.floats(left, 5)]).toEqual([infinity, Number.NaN, Number.NaN, -0, 0]);
    });
  });
});

describe('columnSums', () => {
  it('rounds once, from double precision, on any shape', () => {
    const channels = fc.oneof(fc.constantFrom(1, 3, 5, 17), fc.integer({ min: 1, max: 30 }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), channels, fc.nat(), (rows, columns, seed) => {
        const x = pseudoRandom(rows * columns, seed).map((value, i) => value * (i % 3 === 0 ? 1e4 : 1));
        const expected = reference.columnSums(x, columns);
        onEveryBuild((arena) => {
          const [xAt, out] = [arena.put(x), arena.output(columns)];
          arena.run(() => columnSums(arena.k, xAt, rows, columns, out));
          expectClose('sums', arena.floats(out, columns), expected, (c) => roundoff * Math.abs(expected[c]!));
        });
      }),
      { seed: 9, numRuns: 100 },
    );
  });
});
