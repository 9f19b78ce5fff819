import { describe, expect, it } from 'vitest';
import { Generator } from '../random/generator.ts';
import { type Interval, planArena } from './arena.ts';

const aligned = (floats: number): number => Math.ceil(floats / 16) * 16;
const sum = (tensors: readonly Interval[]): number => tensors.reduce((total, { floats }) => total + aligned(floats), 0);

function randomTensors(seed: number): Interval[] {
  const random = new Generator({ seed, purpose: 'split' });
  return Array.from({ length: random.integer(40) }, () => {
    const from = random.integer(30);
    return { floats: random.integer(500), from, to: from + random.integer(random.integer(2) === 0 ? 4 : 30) };
  });
}

describe('planArena', () => {
  it('lets no two tensors overlap that live at the same time, between the bounds of what is needed', () => {
    const ratios: number[] = [];
    for (let seed = 0; seed < 500; seed++) {
      const tensors = randomTensors(seed);
      const { offsets, floats } = planArena(tensors);
      const placed = tensors.map((tensor, i) => ({ ...tensor, begin: offsets[i]!, end: offsets[i]! + tensor.floats }));
      for (const [i, a] of placed.entries()) {
        expect(a.begin % 16).toBe(0);
        expect(a.begin).toBeGreaterThanOrEqual(0);
        expect(a.end).toBeLessThanOrEqual(floats);
        for (const b of placed.slice(0, i)) {
          const together = a.from <= b.to && b.from <= a.to;
          if (together) expect(a.begin < b.end && b.begin < a.end, `seed ${seed}`).toBe(false);
        }
      }
      const needed = Array.from({ length: 70 }, (_, time) =>
        sum(tensors.filter(({ from, to }) => from <= time && time <= to)),
      );
      expect(floats).toBeLessThanOrEqual(sum(tensors));
      expect(floats).toBeGreaterThanOrEqual(Math.max(...needed));
      if (floats > 0) ratios.push(floats / Math.max(...needed));
    }
    // The lower bound cannot always be reached; on the average it nearly is.
    expect(ratios.reduce((total, ratio) => total + ratio, 0) / ratios.length).toBeLessThan(1.05);
  });

  it('gives a place again as soon as its tensor is dead, not before', () => {
    const one = { floats: 32, from: 0, to: 2 };
    expect(planArena([one, { floats: 32, from: 3, to: 5 }])).toEqual({ offsets: [0, 0], floats: 32 });
    expect(planArena([one, { floats: 32, from: 2, to: 5 }])).toEqual({ offsets: [0, 32], floats: 64 });
    // The small one fits into the hole that the second leaves.
    const hole = [
      { floats: 160, from: 0, to: 1 },
      { floats: 64, from: 0, to: 9 },
      { floats: 20, from: 2, to: 3 },
    ];
    expect(planArena(hole)).toEqual({ offsets: [0, 160, 0], floats: 224 });
    expect(planArena([])).toEqual({ offsets: [], floats: 0 });
  });
});
