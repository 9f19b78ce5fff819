import { expect, test } from 'vitest';
import { fit } from './fit.ts';

test.each([
  [Number.POSITIVE_INFINITY, 'epoch 1/8  loss 0.5  3 s left'],
  [29, 'epoch 1/8  loss 0.5  3 s left'],
  [28, 'epoch 1/8  loss 0.5'],
  [10, 'epoch 1/8'],
  [4, 'epoc'],
  [0, ''],
])('in %d columns', (width, line) => {
  expect(fit(['epoch 1/8', 'loss 0.5', '3 s left'], width)).toBe(line);
});
