import { expect, test } from 'vitest';
import { confusionFigures } from './confusion.ts';

test('recall, precision and confused pairs', () => {
  const { total, mistakes, classes, pairs } = confusionFigures([
    [8, 2, 0],
    [1, 9, 0],
    [0, 2, 3],
  ]);
  expect({ total, mistakes }).toEqual({ total: 25, mistakes: 5 });
  expect(classes).toEqual([
    { index: 0, actual: 10, answered: 9, correct: 8, recall: 0.8, precision: 8 / 9 },
    { index: 1, actual: 10, answered: 13, correct: 9, recall: 0.9, precision: 9 / 13 },
    { index: 2, actual: 5, answered: 3, correct: 3, recall: 0.6, precision: 1 },
  ]);
  expect(pairs).toEqual([
    { actual: 0, predicted: 1, count: 2, share: 0.2 },
    { actual: 2, predicted: 1, count: 2, share: 0.4 },
    { actual: 1, predicted: 0, count: 1, share: 0.1 },
  ]);
});

test('classes without pictures or answers have no recall or precision', () => {
  const { classes } = confusionFigures([
    [0, 0],
    [4, 0],
  ]);
  expect(classes.map(({ recall, precision }) => [recall, precision])).toEqual([
    [undefined, 0],
    [0, undefined],
  ]);
});

test('an empty matrix', () => {
  expect(confusionFigures([])).toEqual({ total: 0, mistakes: 0, classes: [], pairs: [] });
});
