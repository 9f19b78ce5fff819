import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contactSheet } from './contact-sheet.ts';
import { type ImageDataset, slotOf } from './dataset.ts';
import { channelStatistics } from './normalisation.ts';
import { PictureStream, pictureOf } from './picture-stream.ts';
import { SampleLoader } from './sample-loader.ts';
import { balancedOrder } from './sampler.ts';
import { loadDataset } from './sources/load.ts';
import type { LoadOptions } from './sources/source.ts';

let folder: string;
let whole: ImageDataset;

const size = 4;
const bytes = size * size * 3;
const path = (i: number): string => join(folder, 'train', 'abc'[i % 3]!, `${String(i).padStart(2, '0')}.png`);
const picture = (i: number) =>
  sharp({ create: { width: 6, height: 5, channels: 3, background: { r: 9 * i, g: 250 - 5 * i, b: i } } }).png().toBuffer(); // biome-ignore format: one line
const load = (options: Partial<LoadOptions> = {}) =>
  loadDataset(folder, { split: 'train', height: size, width: size, ...options });
/** Memory for some pictures, in batches of two. */
const streamed = (slots: number, options: Partial<LoadOptions> = {}) =>
  load({ memoryLimit: slots * bytes, stream: { batch: 2 }, ...options });
const pixels = (dataset: ImageDataset, index: number): number[] => {
  const slot = slotOf(dataset, index);
  return [...dataset.images.subarray(slot * bytes, (slot + 1) * bytes)];
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-stream-'));
  for (const name of 'abc') await mkdir(join(folder, 'train', name), { recursive: true });
  for (let i = 0; i < 24; i++) await writeFile(path(i), await picture(i));
  await mkdir(join(folder, 'test', 'a'), { recursive: true });
  await writeFile(join(folder, 'test', 'a', '0.png'), await picture(0));
  whole = await load();
});
afterAll(() => rm(folder, { recursive: true }));

describe('a data set above the memory limit', () => {
  it('is refused, unless it may be streamed', async () => {
    await expect(load({ memoryLimit: 23 * bytes })).rejects.toMatchObject({ code: 'DATA_MEMORY' });
    await expect(streamed(1)).rejects.toThrow(/expected memory for a batch of 2 pictures of 4×4×3/);
    expect((await streamed(24)).streamed).toBeUndefined();
  });

  it('has as many slots as the limit allows: eight batches are for what comes next, and the first pictures stay', async () => {
    const dataset = await streamed(20);
    expect(dataset.images).toHaveLength(20 * bytes);
    expect(dataset).toMatchObject({ length: 24, labels: whole.labels, classes: whole.classes, fit: 'cover' });
    expect([...dataset.streamed!.slots]).toEqual([0, 1, 2, 3, ...Array<number>(20).fill(-1)]);
    expect(pixels(dataset, 3)).toEqual(pixels(whole, 3));
    expect((await streamed(4)).streamed!.slots.every((slot) => slot === -1)).toBe(true);
  });

  it('has the statistics of all pictures', async () => {
    expect(channelStatistics(await streamed(5))).toEqual(channelStatistics(whole));
  });

  it('leaves out what is broken, counted before it begins', async () => {
    await writeFile(path(4), 'no picture');
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const skipped = await streamed(20, { onBroken: 'skip', onWarning });
    await expect(streamed(20)).rejects.toMatchObject({
      code: 'DATA_DECODE',
      message: expect.stringContaining(path(4)),
    });
    await writeFile(path(4), await picture(4));
    expect(skipped).toMatchObject({ length: 23 });
    expect(warnings).toEqual([expect.stringMatching(/1 of 24 pictures cannot be decoded/)]);
    // The second of class b was to stay.
    const index = 8 + 1;
    await using stream = new PictureStream(skipped, { sampleAt: () => index });
    await stream.hold(0, 1);
    expect(pixels(skipped, index)).toEqual(pixels(whole, index + 1));
  });

  it('need not be looked through again where nothing has changed', async () => {
    await writeFile(path(4), 'no picture');
    const [warnings, counts]: [string[], number[]] = [[], []];
    const options = {
      onBroken: 'skip',
      onWarning: (message: string) => warnings.push(message),
      onProgress: ({ total }: { readonly total: number }) => counts.push(total),
    } as const;
    const first = await streamed(20, options);
    const survey = JSON.parse(JSON.stringify(first.streamed!.survey));
    counts.length = 0;
    const second = await streamed(21, { ...options, survey });
    expect(counts).toEqual([5, 5, 5, 5, 5]); // those that stay
    expect(warnings[1]).toMatch(/1 of 24 pictures cannot be decoded, and are left out$/);
    expect(second).toMatchObject({ length: 23, labels: first.labels, statistics: first.statistics });
    expect([...second.streamed!.slots].slice(0, 6)).toEqual([0, 1, 2, 3, 4, -1]);
    await writeFile(path(4), await picture(4));
    counts.length = 0;
    expect(await streamed(20, { ...options, survey })).toMatchObject({ length: 24 });
    expect(counts[0]).toBe(24); // another file: all are looked through
  });

  it('gives single pictures, and a contact sheet, without a stream', async () => {
    const dataset = await streamed(5);
    expect([...(await pictureOf(dataset, 23)).data]).toEqual(pixels(whole, 23));
    expect([...(await pictureOf(whole, 23)).data]).toEqual(pixels(whole, 23));
    expect(await contactSheet(dataset)).toEqual(await contactSheet(whole));
  });
});

describe('PictureStream', () => {
  it.each([4, 7, 20])('has what is held in memory, in any order and again and again: %i slots', async (slots) => {
    const dataset = await streamed(slots);
    const { labels } = dataset;
    const order = [0, 1, 2].flatMap((epoch) => [...balancedOrder({ labels, seed: 1, epoch })]);
    await using stream = new PictureStream(dataset, { sampleAt: (i) => order[i]!, end: order.length });
    const half = Math.floor(stream.capacity / 2);
    for (let begin = 0; begin < order.length; begin += half) {
      const end = Math.min(order.length, begin + half);
      expect(await stream.hold(begin, end)).toBeGreaterThanOrEqual(end);
      const held = order.slice(begin, end);
      expect(held.map((i) => pixels(dataset, i))).toEqual(held.map((i) => pixels(whole, i)));
    }
  });

  it('keeps what is held, whatever else is asked for, and gives the loader its samples', async () => {
    const dataset = await streamed(4);
    await using stream = new PictureStream(dataset, { sampleAt: (i) => 5 + i, end: 8 });
    expect(await stream.hold(0, 2)).toBeGreaterThanOrEqual(2);
    expect(await stream.hold(0, 4)).toBe(4); // all slots are filled, and nothing goes on
    const options = { transform: [], normalisation: channelStatistics(whole), seed: 1 };
    const [some, all] = [new SampleLoader({ dataset, ...options }), new SampleLoader({ dataset: whole, ...options })];
    const [a, b] = [new Float32Array(bytes), new Float32Array(bytes)];
    for (const index of [5, 6, 7, 8]) {
      some.load(index, 0, a, 0);
      all.load(index, 0, b, 0);
      expect(a).toEqual(b);
    }
    expect(() => some.load(9, 0, a, 0)).toThrow(/expected the picture of sample 9 in memory/);
    await stream.hold(2, 6);
    expect(() => some.load(5, 0, a, 0)).toThrow(RangeError);
    expect(pixels(dataset, 10)).toEqual(pixels(whole, 10));
  });

  it('begins where it is told, and refuses what it has let go or cannot hold', async () => {
    const dataset = await streamed(4);
    await using stream = new PictureStream(dataset, { sampleAt: (i) => i, begin: 10, end: 16 });
    await stream.hold(10, 12);
    await stream.hold(12, 14);
    for (const [begin, end] of [
      [11, 13],
      [12, 17],
      [20, 21],
    ] as const) {
      await expect(stream.hold(begin, end)).rejects.toThrow(RangeError);
    }
    for (const sample of [24, -1]) {
      await using other = new PictureStream(await streamed(4), { sampleAt: (i) => (i === 1 ? sample : i) });
      await other.hold(0, 1);
      await expect(other.hold(1, 3)).rejects.toThrow(`expected samples in 0..23 of data set ${basename(folder)}, got ${sample} at position 1`); // biome-ignore format: one line
    }
  });

  it('names a picture that breaks later, when it is needed', async () => {
    const dataset = await streamed(4);
    await rm(path(9)); // sample 3, the fourth of class a
    await using stream = new PictureStream(dataset, { sampleAt: (i) => i });
    await stream.hold(0, 2);
    expect(pixels(dataset, 1)).toEqual(pixels(whole, 1));
    for (let again = 0; again < 2; again++) {
      await expect(stream.hold(2, 4)).rejects.toMatchObject({
        code: 'DATA_NOT_FOUND',
        message: expect.stringMatching(/09\.png.*it could be when the data was loaded/),
      });
    }
    await writeFile(path(9), await picture(9));
  });

  it('stops waiting at a signal', async () => {
    const dataset = await streamed(4);
    const controller = new AbortController();
    await using stream = new PictureStream(dataset, { sampleAt: (i) => i });
    const waiting = stream.hold(0, 4, controller.signal);
    controller.abort();
    expect(await waiting).toBeLessThan(4);
  });

  it('is the only one of its data set until it is closed, and lets go of all then', async () => {
    const dataset = await streamed(20);
    const stream = new PictureStream(dataset, { sampleAt: (i) => 23 - i });
    expect(() => new PictureStream(dataset, { sampleAt: (i) => i })).toThrow(/has a stream already/);
    expect(() => new PictureStream(whole, { sampleAt: (i) => i })).toThrow(/which is in memory/);
    await stream.hold(0, 4);
    const waiting = stream.hold(10, 16).catch((error: unknown) => error);
    await Promise.all([stream.close(), stream.close()]);
    expect(await waiting).toEqual(expect.any(RangeError));
    await expect(stream.hold(4, 5)).rejects.toThrow(/it has been closed/);
    expect([...dataset.streamed!.slots]).toEqual([0, 1, 2, 3, ...Array<number>(20).fill(-1)]);
    await using next = new PictureStream(dataset, { sampleAt: (i) => i });
    expect(next.capacity).toBe(16);
  });
});
