import { expect, it } from 'vitest';
import { kMeans } from './trainer-k-means.ts';

it('finds the four heaps, to the same bits with any number of workers', async () => {
  const one = await kMeans(1);
  const pairs = Array.from({ length: 4 }, (_, i) => Array.from(one.centroids.subarray(2 * i, 2 * i + 2)));
  const signs = pairs.map(([x, y]) => `${Math.sign(x!)} ${Math.sign(y!)}`).toSorted();
  expect(signs).toEqual(['-1 -1', '-1 1', '1 -1', '1 1']);
  for (const x of one.centroids) expect(Math.abs(x)).toBeCloseTo(3, 0);
  expect(one.distance).toBeCloseTo(2, 0); // of each axis the variance of the heap, 1
  for (const workers of [2, 3, 4]) expect(await kMeans(workers)).toEqual(one);
});
