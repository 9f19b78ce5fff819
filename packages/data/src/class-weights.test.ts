import { expect, it } from 'vitest';
import { classWeights } from './class-weights.ts';

it('weighs classes by the inverse of how often they come', () => {
  expect(classWeights([0, 0, 0, 1], 2)).toEqual([4 / 6, 2]);
  // By sklearn.utils.class_weight.compute_class_weight('balanced', classes=[0, 1, 2], y=[0, 1, 1, 2, 2, 2]).
  expect(classWeights(Int32Array.of(0, 1, 1, 2, 2, 2), 3)).toEqual([2, 1, 6 / 9]);
  expect(classWeights([0, 2, 2], 3)).toEqual([1, 0, 0.5]);
});

it('refuses what is no class', () => {
  for (const label of [2, -1, 0.5, Number.NaN]) expect(() => classWeights([0, label], 2)).toThrow(RangeError);
});
