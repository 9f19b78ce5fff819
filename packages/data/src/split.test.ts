import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stratifiedSplit, stratifiedSubset } from './split.ts';

/** How many samples of each class are among some. */
const counts = (labels: ArrayLike<number>, indices: Iterable<number>, classes: number): number[] => {
  const result = new Array<number>(classes).fill(0);
  for (const index of indices) result[labels[index]!]!++;
  return result;
};

describe('stratifiedSplit', () => {
  const labels = Array.from({ length: 100 }, (_, i) => (i < 60 ? 0 : i < 90 ? 1 : 2));

  it('gives each part the classes in the same proportions', () => {
    const parts = stratifiedSplit({ labels, shares: [0.7, 0.1, 0.2], seed: 1 });
    expect(parts.map((part) => counts(labels, part, 3))).toEqual([
      [42, 21, 7],
      [6, 3, 1],
      [12, 6, 2],
    ]);
    expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual([...labels.keys()]);
  });

  it('is decided by the seed, and is the same on every machine', () => {
    const split = (seed: number) => [...stratifiedSplit({ labels, shares: [0.9, 0.1], seed })[1]!];
    expect(split(1)).toEqual(split(1));
    expect(split(1)).not.toEqual(split(2));
    expect(split(1)).toEqual([22, 26, 36, 37, 41, 45, 74, 79, 86, 98]);
  });

  it('leaves out no part where a class has few samples', () => {
    const split = (count: number) =>
      stratifiedSplit({ labels: Array(count).fill(0), shares: [0.9, 0, 0.1], seed: 1 }).map(({ length }) => length);
    expect([1, 2, 3, 10, 16].map(split)).toEqual([
      [1, 0, 0],
      [1, 0, 1],
      [2, 0, 1],
      [9, 0, 1],
      [14, 0, 2],
    ]);
  });

  it('refuses shares that are not of one whole', () => {
    for (const shares of [[0.5, 0.4], [1.5, -0.5], [Number.NaN], []]) {
      expect(() => stratifiedSplit({ labels, shares, seed: 1 })).toThrow(RangeError);
    }
  });

  it('puts every sample into one part, whatever the shares', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(4), { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }).filter((weights) => weights.some((weight) => weight > 0)),
        (labels, weights) => {
          const sum = weights.reduce((total, weight) => total + weight, 0);
          const parts = stratifiedSplit({ labels, shares: weights.map((weight) => weight / sum), seed: 3 });
          expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual([...labels.keys()]);
        },
      ),
    );
  });
});

describe('stratifiedSubset', () => {
  it('takes each class by its share, with the total asked for', () => {
    const labels = Array.from({ length: 50 }, (_, i) => (i % 5 === 0 ? 0 : i % 5 < 3 ? 1 : 2));
    expect(counts(labels, stratifiedSubset(labels, 10, 1), 3)).toEqual([2, 4, 4]);
    expect(counts(labels, stratifiedSubset(labels, 11, 1), 3)).toEqual([2, 5, 4]);
    expect([...stratifiedSubset(labels, 50, 1)]).toEqual([...labels.keys()]);
  });
});
