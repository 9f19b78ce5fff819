import { expect, test } from 'vitest';
import { workerSlices } from './slices.ts';

test('slices cover the vector in order, at boundaries of chunks, as even as chunks allow', () => {
  for (const floats of [0, 1, 99, 100, 101, 1234, 5000]) {
    for (const workers of [1, 2, 3, 7, 16]) {
      const slices = workerSlices(floats, workers, 100);
      expect(slices).toHaveLength(workers);
      let end = 0;
      for (const slice of slices) {
        expect(slice.begin).toBe(end);
        expect(slice.begin === floats || slice.begin % 100 === 0).toBe(true);
        ({ end } = slice);
      }
      expect(end).toBe(floats);
      const lengths = slices.map((slice) => slice.end - slice.begin);
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThan(200);
    }
  }
});

test('the default chunk is that of the norms', () => {
  expect(workerSlices(10_000, 2)).toEqual([
    { begin: 0, end: 4096 },
    { begin: 4096, end: 10_000 },
  ]);
});
