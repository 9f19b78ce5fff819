import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createTransform } from './create.ts';

const shape = { height: 32, width: 32, channels: 3 };
const draws = (spec: { op: string }, count: number) => {
  const transform = createTransform(spec);
  return Array.from({ length: count }, (_, position) =>
    transform.sample(new Generator({ seed: 1, purpose: 'augmentation', position }), shape),
  );
};

/** How often each operation was drawn. */
function counts(drawn: readonly unknown[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { op } of drawn as readonly { op: string }[]) found[op] = (found[op] ?? 0) + 1;
  return found;
}

describe('what policies draw', () => {
  it('is one operation of fourteen for TrivialAugmentWide, with all its magnitudes', () => {
    const drawn = draws({ op: 'trivial_augment_wide' }, 3000) as unknown as Record<string, number>[][];
    for (const [, count] of Object.entries(counts(drawn.flat()))) expect(Math.abs(count - 214)).toBeLessThan(60);
    expect(drawn.filter((one) => one.length === 0).length).toBeGreaterThan(154);
    const degrees = drawn.flat().flatMap(({ degrees: of }) => of ?? []);
    expect(new Set(degrees.map(Math.abs)).size).toBe(31);
    expect([Math.min(...degrees), Math.max(...degrees)]).toEqual([-135, 135]);
    expect(Math.min(...drawn.flat().flatMap(({ bits }) => bits ?? []))).toBe(2);
  });

  it('is two operations of one magnitude for RandAugment', () => {
    const drawn = draws({ op: 'rand_augment' }, 300) as unknown as Record<string, number>[][];
    expect(Math.max(...drawn.map(({ length }) => length))).toBe(2);
    const degrees = drawn.flat().flatMap(({ degrees: of }) => of ?? []);
    expect([...new Set(degrees)].sort((a, b) => a - b)).toEqual([-9, 9]);
  });

  it("is one of AutoAugment's pairs, each operation with its probability", () => {
    const drawn = draws({ op: 'auto_augment', policy: 'svhn' } as { op: string }, 2000) as unknown as {
      op: string;
    }[][];
    const inverted = drawn.filter((one) => one.some(({ op }) => op === 'invert')).length;
    // The probabilities of its ten pairs with invert, over 25 pairs.
    const expected = (0.2 + 0.7 + 0.9 + 0.4 + 0.9 + 0.7 + 0.9 + 0.8 + 0.6 + 0.6 + 0.8 + 0.1) / 25;
    expect(Math.abs(inverted / 2000 - expected)).toBeLessThan(0.05);
  });

  it('is three chains of one to three operations for AugMix, whose weights are 1 together', () => {
    const drawn = draws({ op: 'aug_mix' }, 400) as unknown as {
      weight: number;
      chains: { weight: number; operations: unknown[] }[];
    }[];
    for (const { chains } of drawn) {
      expect(chains.length).toBe(3);
      expect(chains.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 6);
    }
    const depths = drawn.flatMap(({ chains }) => chains.map(({ operations }) => operations.length));
    for (const depth of [1, 2, 3]) expect(Math.abs(depths.filter((d) => d === depth).length - 400)).toBeLessThan(70);
    // Dirichlet(1, 1, 1): each weight is below x with probability 1 − (1 − x)².
    for (const i of [0, 1, 2]) {
      const below = drawn.filter(({ chains }) => chains[i]!.weight < 0.3).length;
      expect(Math.abs(below - 400 * 0.51)).toBeLessThan(42);
    }
    const names = Object.keys(counts(drawn.flatMap(({ chains }) => chains.flatMap(({ operations }) => operations))));
    expect(names.length).toBe(9);
  });

  it('is checked where it comes from outside', () => {
    const transform = createTransform({ op: 'trivial_augment_wide' });
    expect(transform.parseSampled([{ op: 'rotate', degrees: 3 }, { op: 'equalize' }])).toHaveLength(2);
    expect(() => transform.parseSampled([{ op: 'swirl' }])).toThrow('drawn operations: [{"op":"swirl"}]');
    expect(() => transform.parseSampled([{ op: 'rotate', degrees: 'far' }])).toThrow('rotate, sampled values');
    expect(() => transform.parseSampled([{ op: 'rotate' }])).toThrow('rotate, sampled values');
    expect(() => createTransform({ op: 'rand_augment', magnitude: 31 })).toThrow('expected a magnitude below bins');
  });
});
