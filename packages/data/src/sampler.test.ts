import { describe, expect, it } from 'vitest';
import { batchRanges, epochOrder } from './sampler.ts';

describe('epochOrder', () => {
  it('is a permutation, the same for the same seed and epoch, another for others', () => {
    const order = epochOrder({ length: 1000, seed: 1, epoch: 0 });
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(epochOrder({ length: 1000, seed: 1, epoch: 0 })).toEqual(order);
    expect(epochOrder({ length: 1000, seed: 1, epoch: 1 })).not.toEqual(order);
    expect(epochOrder({ length: 1000, seed: 2, epoch: 0 })).not.toEqual(order);
  });

  it('stays as it is from version to version', () => {
    expect([...epochOrder({ length: 8, seed: 1, epoch: 0 })]).toEqual([6, 0, 1, 5, 7, 4, 3, 2]);
  });

  it('makes each order as likely', () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = epochOrder({ length: 3, seed: 5, epoch }).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Four standard deviations of a count of 6,000 draws at 1/6.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(116);
  });

  it('takes the smallest, refuses what is no length', () => {
    expect([...epochOrder({ length: 1, seed: 0, epoch: 0 })]).toEqual([0]);
    expect(epochOrder({ length: 0, seed: 0, epoch: 0 }).length).toBe(0);
    expect(() => epochOrder({ length: 1.5, seed: 0, epoch: 0 })).toThrow('expected length to be an integer');
    expect(() => epochOrder({ length: 1, seed: -1, epoch: 0 })).toThrow('expected seed to be an integer');
  });
});

describe('batchRanges', () => {
  it('cuts an epoch into batches, the last one shorter', () => {
    expect(batchRanges(7, 3)).toEqual([
      { begin: 0, end: 3 },
      { begin: 3, end: 6 },
      { begin: 6, end: 7 },
    ]);
    expect(batchRanges(4, 2)).toEqual([
      { begin: 0, end: 2 },
      { begin: 2, end: 4 },
    ]);
    expect(batchRanges(2, 5)).toEqual([{ begin: 0, end: 2 }]);
    expect(batchRanges(0, 5)).toEqual([]);
  });

  it('refuses a batch of 0', () => {
    expect(() => batchRanges(4, 0)).toThrow('sampler: expected batch to be an integer in 1..2^32 - 1, got 0');
  });
});
