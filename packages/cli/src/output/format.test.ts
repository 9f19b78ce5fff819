import { expect, test } from 'vitest';
import { formatBytes, formatCompact, formatCount, formatDuration, formatLoss, formatShare } from './format.ts';

test('figures', () => {
  expect(formatCount(60_000.4)).toBe('60,000');
  expect([4096, 25_088, 3_211_264, 15_470_264_320].map(formatCompact)).toEqual(['4,096', '25K', '3.2M', '15.5G']);
  expect(formatLoss(0.12345)).toBe('0.1235');
  expect(formatShare(0.99312)).toBe('99.31 %');
  expect(formatShare(2 / 3, 0)).toBe('67 %');
  expect([0.4, 59, 65, 3600, 7380].map(formatDuration)).toEqual(['0 s', '59 s', '1:05 min', '1:00 h', '2:03 h']);
  expect([32 * 2 ** 20, 2 ** 31].map(formatBytes)).toEqual(['32 MiB', '2.0 GiB']);
});

test('what was never measured is a dash', () => {
  expect([
    formatCount(Number.NaN),
    formatLoss(null),
    formatShare(null),
    formatDuration(Number.POSITIVE_INFINITY),
  ]).toEqual(Array(4).fill('–'));
});
