import sharp from 'sharp';
import { expect, it } from 'vitest';
import { contactSheet } from './contact-sheet.ts';
import { createDataset } from './dataset.ts';

const dataset = createDataset({
  name: 'three',
  classes: ['a', 'b', 'c'],
  height: 1,
  width: 2,
  channels: 1,
  images: Uint8Array.from([10, 11, 20, 21, 30, 31, 40, 41]),
  labels: [1, 0, 1, 1],
});

it('has a row a class, with the first samples, enlarged in squares, and grey where there are none', async () => {
  const png = await contactSheet(dataset, { columns: 2, least: 2 });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  // Each picture is 2×4 pixels, with 4 between them.
  expect(info).toMatchObject({ width: 20, height: 22, channels: 3 });
  const row = (y: number) => Array.from({ length: 20 }, (_, x) => data[(y * 20 + x) * 3]);
  const none = [128, 128, 128, 128];
  expect(row(4)).toEqual([...none, 20, 20, 21, 21, ...none, ...none, ...none]);
  expect(row(5)).toEqual(row(4));
  expect(row(10)).toEqual([...none, 10, 10, 11, 11, ...none, 30, 30, 31, 31, ...none]);
  expect(new Set(row(16))).toEqual(new Set([128]));
  expect([...data.subarray((4 * 20 + 6) * 3, (4 * 20 + 6) * 3 + 3)]).toEqual([21, 21, 21]);
});

it('leaves out the classes beyond the last row, and refuses a sheet that is too large', async () => {
  const { height } = await sharp(await contactSheet(dataset, { rows: 1, least: 1 })).metadata();
  expect(height).toBe(9);
  await expect(contactSheet(dataset, { columns: 1000, least: 10_000 })).rejects.toMatchObject({ code: 'DATA_LIMIT' });
});

it('shows colours', async () => {
  const images = Uint8Array.from([1, 2, 3, 4, 5, 6]);
  const colours = createDataset({ ...dataset, height: 1, width: 2, channels: 3, images, labels: [0] });
  const data = await sharp(await contactSheet(colours, { columns: 1, least: 1 }))
    .raw()
    .toBuffer();
  expect([...data.subarray((4 * 10 + 4) * 3, (4 * 10 + 6) * 3)]).toEqual([1, 2, 3, 4, 5, 6]);
});
