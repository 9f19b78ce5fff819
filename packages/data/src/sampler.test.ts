import { describe, expect, it } from 'vitest';
import { balancedOrder, batchRanges, epochOrder } from './sampler.ts';

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

describe('balancedOrder', () => {
  // Six of class 0, three of class 1, none of class 2, one of class 3.
  const labels = [0, 0, 1, 0, 0, 3, 1, 0, 1, 0];
  const counts = (order: Uint32Array) => {
    const result = new Array<number>(labels.length).fill(0);
    for (const index of order) result[index]!++;
    return result;
  };

  it('has every class equally often, and no sample again before all of its class', () => {
    const times = counts(balancedOrder({ labels, seed: 1, epoch: 0, length: 21 }));
    expect([times[2], times[6], times[8], times[5]].sort()).toEqual([2, 2, 3, 7]);
    const first = [0, 1, 3, 4, 7, 9].map((index) => times[index]);
    expect(first.sort()).toEqual([1, 1, 1, 1, 1, 2]);
  });

  it('is decided by seed and epoch alone', () => {
    const order = (seed: number, epoch: number) => balancedOrder({ labels, seed, epoch });
    expect([...order(1, 2)]).toEqual([...order(1, 2)]);
    expect(order(1, 2)).toHaveLength(10);
    expect([...order(1, 3)]).not.toEqual([...order(1, 2)]);
    expect([...order(2, 2)]).not.toEqual([...order(1, 2)]);
    expect([...order(1, 0)]).toEqual([1, 5, 5, 0, 9, 6, 2, 3, 8, 5]);
  });

  it('lets no class have more than the others over many epochs', () => {
    const totals = [0, 0, 0, 0];
    for (let epoch = 0; epoch < 300; epoch++) {
      for (const index of balancedOrder({ labels, seed: 1, epoch })) totals[labels[index]!]!++;
    }
    expect(totals.reduce((sum, total) => sum + total, 0)).toBe(3000);
    for (const label of [0, 1, 3]) expect(Math.abs(totals[label]! - 1000)).toBeLessThan(30);
  });

  it('refuses no labels, and counts that are none', () => {
    expect(() => balancedOrder({ labels: [], seed: 1, epoch: 0 })).toThrow('the number of labels');
    expect(() => balancedOrder({ labels, seed: 1, epoch: 0, length: -1 })).toThrow(RangeError);
  });
});
