import { describe, expect, it } from 'vitest';
import { inOrder } from './in-order.ts';

describe('inOrder', () => {
  it('gives results in the order of the items, with no more under way than allowed', async () => {
    const gates = [0, 1, 2, 3, 4].map(() => Promise.withResolvers<void>());
    let [underWay, most] = [0, 0];
    const work = async (item: number) => {
      most = Math.max(most, ++underWay);
      await gates[item]!.promise;
      underWay--;
      return item * 10;
    };
    const found: unknown[] = [];
    // The second of each pair ends before the first.
    for (const i of [1, 0, 3, 2, 4]) gates[i]!.resolve();
    for await (const pair of inOrder([0, 1, 2, 3, 4], 2, work)) found.push(pair);
    expect(found).toEqual([0, 1, 2, 3, 4].map((item) => [item, item * 10]));
    expect(most).toBe(2);
  });

  it('throws what the work throws, once all that was begun has ended', async () => {
    const ended: number[] = [];
    const last = Promise.withResolvers<void>();
    const work = async (item: number) => {
      if (item === 1) throw new Error('one');
      if (item === 2) await last.promise;
      ended.push(item);
      return item;
    };
    const run = async () => {
      for await (const [item] of inOrder([0, 1, 2, 3], 3, work)) if (item === 0) setImmediate(last.resolve);
    };
    await expect(run()).rejects.toThrow('one');
    expect(ended.toSorted()).toEqual([0, 2, 3]);
  });

  it('begins nothing after the signal', async () => {
    const controller = new AbortController();
    const found: number[] = [];
    for await (const [item] of inOrder([0, 1, 2, 3, 4], 2, async (of) => of, controller.signal)) {
      found.push(item);
      if (item === 1) controller.abort();
    }
    expect(found).toEqual([0, 1, 2]);
  });
});
