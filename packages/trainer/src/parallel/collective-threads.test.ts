import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createToyPool, type ToyPool } from './testing/toy-pool.ts';

describe.each([1, 3])('%i workers', (workers) => {
  let toy: ToyPool;
  beforeAll(() => {
    toy = createToyPool({ workers, shards: 7, floats: 100 });
  });
  afterAll(() => toy.pool.destroy());

  test('allReduce, reduceScatter, broadcast and gatherShardRows, each many times over the same memory', async () => {
    const memories = Array.from(
      { length: workers },
      () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }),
    );
    const values = await toy.pool.run<string>('exchanges', (rank) => ({ rank, memories, rounds: 20 }));
    expect(values).toEqual(new Array(workers).fill('all as expected'));
  });
});
