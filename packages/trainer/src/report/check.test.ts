import { expect, test } from 'vitest';
import { checkReportData } from './check.ts';
import type { ReportMistake } from './data.ts';

const mistake = (bytes: number, height = 2): ReportMistake => ({
  index: 0,
  label: 0,
  predicted: 1,
  probability: 0.1,
  predictedProbability: 0.9,
  loss: 2,
  image: { data: new Uint8Array(bytes), height, width: 2, channels: 1 },
});
const classes = ['a', 'b'];

test.each([
  [{ classes, confusion: [[1, 0]], worst: [] }, 'confusion: expected 2 rows, one a class (or none), got 1'],
  [{ classes, confusion: [[1, 0], [1]], worst: [] }, 'confusion[1]: expected 2 columns, one a class, got 1'],
  [
    {
      classes,
      confusion: [
        [1, 0],
        [1, Number.NaN],
      ],
      worst: [],
    },
    'confusion[1][1]: expected a count, got NaN',
  ],
  [{ classes, confusion: [], worst: [mistake(3)] }, 'worst[0].image.data: expected 4 bytes (2×2×1), got 3'],
  [
    { classes, confusion: [], worst: [mistake(0, 0)] },
    'worst[0].image.height: expected a whole number of at least 1, got 0',
  ],
])('says what was expected and what came (%#)', (data, message) => {
  expect(() => checkReportData(data)).toThrow(expect.objectContaining({ code: 'ERR_REPORT_DATA', message }));
});

test('takes what fits', () => {
  expect(() =>
    checkReportData({
      classes,
      confusion: [
        [1, 0],
        [0, 1],
      ],
      worst: [mistake(4)],
    }),
  ).not.toThrow();
  expect(() => checkReportData({ classes, confusion: [], worst: [] })).not.toThrow();
});
