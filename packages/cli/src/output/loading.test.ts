import { expect, test } from 'vitest';
import { loadingParts } from './loading.ts';

test('how far loading is, and fetching', () => {
  const pictures = { name: 'photos', unit: 'pictures', done: 1234, total: 5000 } as const;
  expect(loadingParts(pictures)).toEqual(['loading photos', '25 %', '1,234 of 5,000 pictures']);
  const bytes = { name: 'cifar10', unit: 'bytes', done: 2 ** 20, total: 2 ** 27 } as const;
  expect(loadingParts(bytes)).toEqual(['fetching cifar10', '1 %', '1 MiB of 128 MiB']);
});
