import { expect, it } from 'vitest';
import type { Point } from './measure.ts';
import { scalingPicture } from './picture.ts';
import { efficiency, pointsTable } from './tables.ts';

const one: Point = {
  workers: 1,
  batch: 128,
  shards: 16,
  imagesPerSecond: 500,
  peak: 100,
  stepMs: 256,
  computeMs: 250,
  imbalanceMs: 0,
  barrierMs: 0,
  reductionMs: 6,
  copyMs: 0,
  meetings: 44,
  readBytes: 0,
};
const two: Point = { ...one, workers: 2, imagesPerSecond: 900, peak: 180, stepMs: 142, computeMs: 71, imbalanceMs: 35.5, barrierMs: 14.2, reductionMs: 14.2, copyMs: 7.1, readBytes: 1e6 }; // biome-ignore format: one line

it('efficiency is the speed-up over what the machine can do at once', () => {
  expect(efficiency(one, one)).toBe(1);
  expect(efficiency(two, one)).toBe(1);
  expect(efficiency({ ...two, imagesPerSecond: 450 }, one)).toBe(0.5);
});

it('the table has the parts of a step', () => {
  expect(pointsTable([one, two]).split('\n')).toEqual([
    'workers  batch  images/s  speed-up  peak  efficiency  step ms  computing  imbalance  barriers  reduction  copies',
    '      1    128       500      1.00  1.00     100.0 %   256.00     97.7 %      0.0 %     0.0 %      2.3 %   0.0 %',
    '      2    128       900      1.80  1.80     100.0 %   142.00     50.0 %     25.0 %    10.0 %     10.0 %   5.0 %',
  ]);
});

it('the picture stacks them, and has a dot for each point', async () => {
  const svg = String(await scalingPicture('svg', { kernels: 'default', strong: [one, two], weak: [one, two] }));
  expect(svg.match(/<circle/g)).toHaveLength(4);
  expect(svg.match(/aria-label="bar"/g)).toHaveLength(1);
  for (const text of ['2, strong', '2, weak', 'imbalance', 'reduction, update'])
    expect(svg).toContain(`>${text}</text>`);
  const png = await scalingPicture('png', { kernels: 'default', strong: [one, two], weak: [one, two] });
  expect(Buffer.from(png).subarray(1, 4).toString()).toBe('PNG');
});
