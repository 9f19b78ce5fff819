import { expect, test } from 'vitest';
import { editDistance, nearest, suggestion } from './nearest.ts';

const flags = ['--epochs', '--batch', '--limit-train', '--limit-test', '--lr', '--warmup-epochs'];

test.each([
  ['--epoch', '--epochs'],
  ['--epcohs', '--epochs'],
  ['--batchs', '--batch'],
  ['--limit_train', '--limit-train'],
  ['--limitTrain', '--limit-train'],
  ['--warmup', '--warmup-epochs'],
  ['--limit', undefined], // the beginning of two
  ['--colour', undefined],
])('%s was meant to be %s', (typed, meant) => {
  expect(nearest(typed, flags)).toBe(meant);
});

test('the suggestion is a question, or nothing', () => {
  expect(suggestion('--epoch', flags)).toBe('; did you mean --epochs?');
  expect(suggestion('--colour', flags)).toBe('');
});

test.each([
  ['', 'abc', 3],
  ['train', 'trian', 1],
  ['kitten', 'sitting', 3],
  ['same', 'same', 0],
])('from %j to %j it takes %d edits', (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits);
});
