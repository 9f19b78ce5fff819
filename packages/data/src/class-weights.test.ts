import { expect, it } from 'vitest';
import { classWeights } from './class-weights.ts';

it('weighs classes by the inverse of how often they come', () => {
  expect(classWeights([0, 0, 0, 1], 2)).toEqual([4 / 6, 2]);
  // By sklearn.utils.class_weight.compute_class_weight('balanced', classes=[0, 2, 3], y=…).
  const labels = Int32Array.of(0, 2, 2, 3, 3, 3);
  expect(classWeights(labels, 4)).toEqual([2, 0, 1, 6 / 9]);
  const weights = classWeights(labels, 4);
  expect(labels.reduce((sum, label) => sum + weights[label]!, 0)).toBeCloseTo(labels.length, 12);
});

it('refuses what is no class', () => {
  for (const label of [2, -1, 0.5, Number.NaN]) expect(() => classWeights([0, label], 2)).toThrow(RangeError);
});
