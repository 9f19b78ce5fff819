import { expect, test } from 'vitest';
import { quantile, thin } from './thin.ts';

const series = (values: readonly number[]) => values.map((y, i) => ({ x: i, y }));

test('a short series stays as it is', () => {
  expect(thin(series([3, 1]))).toEqual({
    points: [
      { x: 0, mean: 3, low: 3, high: 3 },
      { x: 1, mean: 1, low: 1, high: 1 },
    ],
    stepsPerPoint: 1,
  });
});

test('a long one becomes means with the middle 80 %, the last run shorter', () => {
  const { points, stepsPerPoint } = thin(series([0, 100, 200, 300, 400, 500, 600]), 2);
  expect(stepsPerPoint).toBe(4);
  expect(points).toEqual([
    { x: 1.5, mean: 150, low: expect.closeTo(30), high: expect.closeTo(270) },
    { x: 5, mean: 500, low: expect.closeTo(420), high: expect.closeTo(580) },
  ]);
});

test('thousands of steps fit', () => {
  const { points, stepsPerPoint } = thin(series(Array.from({ length: 4690 }, (_, i) => i)));
  expect(points.length).toBe(118);
  expect(stepsPerPoint).toBe(40);
});

test('nothing, and what is not finite', () => {
  expect(thin([]).points).toEqual([]);
  expect(thin(series([Number.NaN, 2, Number.POSITIVE_INFINITY])).points).toEqual([{ x: 1, mean: 2, low: 2, high: 2 }]);
});

test('quantiles interpolate', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([7], 0.9)).toBe(7);
});
