import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadDataset } from './load.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lockstep-cifar-'));
});
afterAll(() => rm(parent, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

async function folderOf(name: string, files: Record<string, Uint8Array | string>): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder, { recursive: true });
  for (const [file, contents] of Object.entries(files)) await writeFile(join(folder, file), contents);
  return folder;
}

/** A row of a binary file: labels, then planes of which the first pixel is 1, 2, 3, and the others are their index. */
const row = (...labels: number[]): Uint8Array => {
  const planes = Uint8Array.from({ length: 3072 }, (_, i) => (i % 1024 === 0 ? 1 + i / 1024 : i % 256));
  return Uint8Array.from([...labels, ...planes]);
};

describe('the binary version', () => {
  it('of CIFAR-10: a byte of label, planes become pixels', async () => {
    const batches = [1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, Buffer.concat([row(i), row(i + 1)])] as const);
    const folder = await folderOf('ten', { ...Object.fromEntries(batches), 'test_batch.bin': row(9) });
    const train = await loadDataset(folder, { split: 'train', limit: 7 });
    expect(train).toMatchObject({ name: 'ten', height: 32, width: 32, channels: 3, length: 7 });
    expect([...train.labels]).toEqual([1, 2, 2, 3, 3, 4, 4]);
    for (const at of [0, 6]) {
      expect([...train.images.subarray(3072 * at, 3072 * at + 6)]).toEqual([1, 2, 3, 1, 1, 1]);
      expect([...train.images.subarray(3072 * at + 3069, 3072 * at + 3072)]).toEqual([255, 255, 255]);
    }
    expect(train.classes[9]).toBe('truck');
    expect([...(await loadDataset(folder, { split: 'test' })).labels]).toEqual([9]);
    await expect(loadDataset(folder, { split: 'train', limit: 11 })).rejects.toMatchObject({ code: 'DATA_LIMIT' });
    await expect(loadDataset(folder, { split: 'train', memoryLimit: 30_719 })).rejects.toMatchObject({ code: 'DATA_MEMORY' }); // biome-ignore format: one line
    expect((await loadDataset(folder, { split: 'train', memoryLimit: 30_720 })).length).toBe(10);
  });

  it('of CIFAR-100: the second label, with its name', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `class ${i}`);
    const folder = await folderOf('hundred', {
      'train.bin': row(3, 99),
      'test.bin': row(4, 50),
      'fine_label_names.txt': `${names.join('\n')}\n`,
    });
    const { labels, classes } = await loadDataset(folder, { split: 'train' });
    expect([...labels]).toEqual([99]);
    expect(classes).toEqual(names);
  });

  it('refuses a file that is cut short, and a label that is none', async () => {
    const folder = await folderOf('cut', { 'train.bin': row(3, 99).subarray(1), 'test.bin': row(0, 100) });
    await expect(loadDataset(folder, { split: 'train' })).rejects.toMatchObject({
      code: 'DATA_TRUNCATED',
      message: `${folder}/train.bin: expected a multiple of 3074 bytes, one row a picture, got 3073; get the file again`,
    });
    await expect(loadDataset(folder, { split: 'test' })).rejects.toMatchObject({
      code: 'DATA_LABEL',
      message: `${folder}/test.bin: expected labels in 0..99, got 100 at picture 0`,
    });
  });
});

describe('the strips', () => {
  it('of which each row is a picture', async () => {
    const pixels = new Uint8Array(10_000 * 3072);
    for (let i = 0; i < 10_000; i++) pixels.set([i & 255, i >> 8, 7], i * 3072);
    const strip = await sharp(pixels, { raw: { width: 1024, height: 10_000, channels: 3 } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    const labels = JSON.stringify(Array.from({ length: 10_000 }, (_, i) => i % 10));
    const files = { 'test_batch.png': strip, 'test_lables.json': labels, 'train_lables.json': labels };
    const folder = await folderOf('strips', files);
    const test = await loadDataset(folder, { split: 'test', limit: 1234 });
    expect(test).toMatchObject({ name: 'cifar10', height: 32, width: 32, channels: 3, length: 1234 });
    expect([...test.images.subarray(1233 * 3072, 1233 * 3072 + 4)]).toEqual([1233 & 255, 1233 >> 8, 7, 0]);
    expect(test.labels[1233]).toBe(3);
    await expect(loadDataset(folder, { split: 'train' })).rejects.toMatchObject({
      code: 'DATA_MISMATCH',
      message: `${folder}/train_lables.json: expected 50000 labels, got 10000`,
    });
    await folderOf('strips', { 'test_lables.json': '{"a":1}' });
    await expect(loadDataset(folder, { split: 'test' })).rejects.toMatchObject({ code: 'DATA_FORMAT' });
  });
});

describe('fashion-mnist', () => {
  it('says where its files may be had, and reads them from the cache', async () => {
    const cache = join(parent, 'cache');
    vi.stubEnv('LOCKSTEP_CACHE', cache);
    const there = await loadDataset('fashion-mnist', { split: 'test', limit: 1 }).catch((error: unknown) => error);
    // Debian's package may be installed.
    if (there instanceof Error) {
      expect(there).toMatchObject({
        code: 'DATA_NOT_FOUND',
        message: expect.stringContaining("install Debian's package dataset-fashion-mnist"),
      });
      await mkdir(cache);
      await folderOf('cache/fashion-mnist', {
        't10k-images-idx3-ubyte': Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 8, 9]),
        't10k-labels-idx1-ubyte': Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 1, 9]),
      });
    }
    const { name, classes } = await loadDataset('fashion-mnist', { split: 'test', limit: 1 });
    expect([name, classes[9]]).toEqual(['fashion-mnist', 'Ankle boot']);
  });
});
