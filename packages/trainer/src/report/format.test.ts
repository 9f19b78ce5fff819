import { expect, test } from 'vitest';
import {
  counted,
  dash,
  formatCount,
  formatDate,
  formatDuration,
  formatFigure,
  formatPercent,
  formatProbability,
} from './format.ts';

test.each([
  [0.9927, '99.27\u202f%'],
  [1, '100.00\u202f%'],
  [0.99999, '99.99\u202f%'],
  [0.00001, '0.01\u202f%'],
  [0, '0.00\u202f%'],
  [Number.NaN, dash],
  [undefined, dash],
])('percent of %s', (share, text) => {
  expect(formatPercent(share)).toBe(text);
});

test('counts, figures and probabilities', () => {
  expect(formatCount(60_000)).toBe('60,000');
  expect(formatCount(1234.6)).toBe('1,235');
  expect([0.023104, 2.71888, 1.23456e-7, 0].map(formatFigure)).toEqual(['0.0231', '2.719', '1.235e-7', '0']);
  expect([0, 0.0001, 0.0421, 0.99951, 1].map(formatProbability)).toEqual([
    '= 0.000',
    '< 0.001',
    '= 0.042',
    '> 0.999',
    '= 1.000',
  ]);
  expect([formatCount, formatFigure, formatDuration].map((format) => format(Number.NaN))).toEqual([dash, dash, dash]);
  expect(formatProbability(Number.NaN)).toBe('= –');
  expect([counted(1, 'step'), counted(2000, 'step'), counted(2, 'class', 'classes')]).toEqual([
    '1 step',
    '2,000 steps',
    '2 classes',
  ]);
});

test('durations carry into the next unit', () => {
  expect([8.42, 59.96, 68, 3599.7, 7500].map((s) => formatDuration(s).replaceAll('\u202f', ' '))).toEqual([
    '8.4 s',
    '1 min 0 s',
    '1 min 8 s',
    '1 h 0 min',
    '2 h 5 min',
  ]);
});

test('dates are in UTC, and what is none is left alone', () => {
  expect(formatDate('2025-07-31T14:03:00+02:00')).toBe('31 July 2025 at 12:03 UTC');
  expect(formatDate('yesterday')).toBe('yesterday');
});
