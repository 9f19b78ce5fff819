import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datasetNames, loadDataset } from './load.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lockstep-load-'));
});
afterAll(() => rm(parent, { recursive: true }));

const labelFile = (...labels: number[]) => Buffer.from([0, 0, 8, 1, 0, 0, 0, labels.length, ...labels]);
const imageFile = (...pixels: number[]) =>
  Buffer.from([0, 0, 8, 3, 0, 0, 0, pixels.length / 2, 0, 0, 0, 1, 0, 0, 0, 2, ...pixels]);

/** A folder of 1×2 pictures: three to learn, of classes 0 and 2, one to test with. */
async function tinyFolder(name: string, files: Record<string, Buffer> = {}): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder);
  const all = {
    'train-images-idx3-ubyte': imageFile(1, 2, 3, 4, 5, 6),
    'train-labels.idx1-ubyte': labelFile(2, 0, 2),
    't10k-images.idx3-ubyte.gz': gzipSync(imageFile(7, 8)),
    't10k-labels-idx1-ubyte.gz': gzipSync(labelFile(1)),
    ...files,
  };
  for (const [file, bytes] of Object.entries(all)) await writeFile(join(folder, file), bytes);
  return folder;
}

describe('loadDataset: mnist', () => {
  it('loads the first digits', async () => {
    const dataset = await loadDataset('mnist', { split: 'train', limit: 10 });
    expect(dataset).toMatchObject({ name: 'mnist', height: 28, width: 28, channels: 1, length: 10 });
    expect(dataset.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect([...dataset.labels]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect(dataset.images.length).toBe(7840);
    // The first stroke of the five, in the sixth row.
    expect([...dataset.images.subarray(5 * 28 + 12, 5 * 28 + 20)]).toEqual([3, 18, 18, 18, 126, 136, 175, 26]);
  });

  it('has 10,000 to test with', async () => {
    const dataset = await loadDataset('mnist', { split: 'test' });
    expect(dataset.length).toBe(10_000);
    expect([...dataset.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    const counts = new Array<number>(10).fill(0);
    for (const label of dataset.labels) counts[label]!++;
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  it('says how many there are where more are asked for', async () => {
    await expect(loadDataset('mnist', { split: 'test', limit: 10_001 })).rejects.toMatchObject({
      code: 'DATA_LIMIT',
      message: expect.stringContaining('expected a limit in 1..10000, the number of samples that there are, got 10001'),
    });
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expect(loadDataset('mnist', { split: 'train', limit })).rejects.toMatchObject({
        code: 'DATA_LIMIT',
        message: `data set mnist: expected limit, the number of samples to take, to be a positive integer, got ${limit}`,
      });
    }
  });
});

describe('loadDataset: a folder', () => {
  it('loads both splits under any of the usual file names', async () => {
    const folder = await tinyFolder('tiny');
    const train = await loadDataset(folder, { split: 'train' });
    expect(train).toMatchObject({
      name: 'tiny',
      height: 1,
      width: 2,
      channels: 1,
      length: 3,
      classes: ['0', '1', '2'],
    });
    expect([...train.images]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...train.labels]).toEqual([2, 0, 2]);
    const test = await loadDataset(`${folder}/`, { split: 'test' });
    expect(test).toMatchObject({ name: 'tiny', length: 1, classes: ['0', '1', '2'] });
    expect([...test.images]).toEqual([7, 8]);
    expect([...test.labels]).toEqual([1]);
  });

  it('takes the first samples, with the classes of all', async () => {
    const folder = await tinyFolder('limited', { 'train-labels.idx1-ubyte': labelFile(1, 0, 4) });
    const train = await loadDataset(folder, { split: 'train', limit: 2 });
    expect([...train.images]).toEqual([1, 2, 3, 4]);
    expect([...train.labels]).toEqual([1, 0]);
    expect(train.classes.length).toBe(5);
  });

  it('refuses labels that are not there or are no classes', async () => {
    const few = await tinyFolder('few', { 'train-labels.idx1-ubyte': labelFile(1, 0) });
    await expect(loadDataset(few, { split: 'train' })).rejects.toMatchObject({
      code: 'DATA_MISMATCH',
      message:
        `${few}/train-labels.idx1-ubyte: expected a label for each of the 3 images of ` +
        `${few}/train-images-idx3-ubyte, got 2 labels`,
    });
    await expect(loadDataset(few, { split: 'train', limit: 1 })).rejects.toMatchObject({ code: 'DATA_MISMATCH' });
    const unknown = await tinyFolder('unknown', { 't10k-labels-idx1-ubyte.gz': labelFile(3) });
    await expect(loadDataset(unknown, { split: 'test' })).rejects.toMatchObject({
      code: 'DATA_LABEL',
      message: `${unknown}/t10k-labels-idx1-ubyte.gz: expected labels in 0..2, one of 3 classes, got 3 at sample 0`,
    });
  });

  it('names the file that is missing', async () => {
    const folder = await tinyFolder('no-test');
    await rm(join(folder, 't10k-images.idx3-ubyte.gz'));
    await expect(loadDataset(folder, { split: 'test' })).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
      message:
        `${folder}: expected the folder to hold one of t10k-images-idx3-ubyte, t10k-images.idx3-ubyte, ` +
        't10k-images-idx3-ubyte.gz, t10k-images.idx3-ubyte.gz, it has none of them',
    });
  });
});

describe('loadDataset: anything else', () => {
  it('names the data sets that there are', async () => {
    expect(datasetNames()).toEqual(['mnist', 'fashion-mnist', 'cifar10']);
    await expect(loadDataset('mnits', { split: 'train' })).rejects.toMatchObject({
      code: 'DATA_UNKNOWN',
      message:
        'data set mnits: expected one of mnist, fashion-mnist, cifar10, or the path of a folder or file; there is neither',
    });
  });

  it('says what a folder may look like that looks like nothing', async () => {
    const folder = join(parent, 'notes');
    const refused = (message: unknown) =>
      expect(loadDataset(folder, { split: 'test' })).rejects.toMatchObject({ code: 'DATA_FORMAT', message });
    await mkdir(folder);
    await writeFile(join(folder, '.hidden'), '');
    await refused(`${folder}: expected a folder with pictures or data, it is empty; check the path`);
    await writeFile(join(folder, 'a.txt'), '');
    await refused(
      expect.stringMatching(/notes: expected one of: a folder with .* for each class.*; it looks like none/),
    );
    await writeFile(join(folder, 'a.JPG'), '');
    await refused(
      `${folder}: expected a folder with a folder of pictures for each class, its pictures are in none; move them into some, as in ` +
        join(folder, 'cat', '1.jpg'),
    );
  });

  it('refuses MNIST above the memory limit, and takes as much of it as fits', async () => {
    const options = { split: 'test', memoryLimit: 784 * 10 } as const;
    await expect(loadDataset('mnist', { ...options, stream: { batch: 2 } })).rejects.toMatchObject({
      code: 'DATA_MEMORY',
      message: expect.stringContaining(
        'expected pictures within the memory limit of 0.00000730 GiB, these take 0.00730 GiB',
      ),
    });
    expect((await loadDataset('mnist', { ...options, limit: 10 })).length).toBe(10);
  });

  it('has no validation split of MNIST, and does not resize it', async () => {
    await expect(loadDataset('mnist', { split: 'validation' })).rejects.toMatchObject({ code: 'DATA_NOT_FOUND' });
    await expect(loadDataset('mnist', { split: 'test', limit: 1, height: 64 })).rejects.toMatchObject({
      code: 'DATA_MISMATCH',
      message: 'data set mnist: expected pictures of height 64, as asked for, but they come with 28',
    });
  });

  it('tells a missing folder from a file', async () => {
    await expect(loadDataset('./nowhere', { split: 'train' })).rejects.toMatchObject({ code: 'DATA_NOT_FOUND' });
    const file = join(parent, 'file');
    await writeFile(file, '');
    await expect(loadDataset(file, { split: 'train' })).rejects.toMatchObject({ code: 'DATA_FORMAT' });
  });
});
