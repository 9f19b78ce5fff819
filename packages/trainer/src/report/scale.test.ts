import { expect, test } from 'vitest';
import { accuracyScale, epochTicks, lossScale, zeroScale } from './scale.ts';

test('losses that fall far get a logarithmic axis with round ticks', () => {
  const scale = lossScale([2.3, 0.4, 0.02]);
  expect(scale.type).toBe('log');
  expect(scale.domain[0]).toBeCloseTo(0.02 / 1.15);
  expect(scale.ticks).toEqual([0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]);
  expect(lossScale([1e-5, 1000]).ticks).toEqual([1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000]);
});

test('others a linear one from zero', () => {
  expect(lossScale([2.3, 1.2])).toEqual({ type: 'linear', domain: [0, 2.3 * 1.06] });
  expect(lossScale([2.3, 0]).type).toBe('linear');
  expect(zeroScale([])).toEqual({ type: 'linear', domain: [0, 1] });
  expect(zeroScale([0, 0])).toEqual({ type: 'linear', domain: [0, 1] });
});

test('the accuracy axis starts below every test value and three quarters of the others', () => {
  const train = [0.1, ...Array.from({ length: 19 }, () => 0.985)];
  expect(accuracyScale(train, [0.983, 0.992]).domain).toEqual([0.98, 1]);
  expect(accuracyScale(train, [0.95]).domain).toEqual([0.9, 1]);
  expect(accuracyScale([0.3, 0.4], []).domain).toEqual([0, 1]);
  expect(accuracyScale([], []).domain).toEqual([0.99, 1]);
});

test('epochs are written whole, and not too many of them', () => {
  expect(epochTicks(1.5)).toBeUndefined();
  expect(epochTicks(3.4)).toEqual([0, 1, 2, 3]);
  expect(epochTicks(10)).toEqual([0, 2, 4, 6, 8, 10]);
  expect(epochTicks(90)).toEqual([0, 20, 40, 60, 80]);
});
