import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from './load.ts';
import type { LoadOptions } from './source.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lockstep-class-folder-'));
});
afterAll(() => rm(parent, { recursive: true }));

/** A picture that is one grey throughout. */
const plain = (value: number, { width = 4, height = 4, format = 'png' as 'png' | 'webp' | 'tiff' } = {}) =>
  sharp({ create: { width, height, channels: 3, background: { r: value, g: value, b: value } } })
    .toFormat(format, { lossless: true })
    .toBuffer();

/** Makes a folder with files: a number is a picture of that grey. */
async function folderOf(name: string, files: Record<string, number | Uint8Array | string>): Promise<string> {
  const folder = join(parent, name);
  for (const [file, contents] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), typeof contents === 'number' ? await plain(contents) : contents);
  }
  return folder;
}

const small = { height: 2, width: 2, channels: 1, testShare: 0.5 } as const;

/** The grey and the label of each sample. */
async function samplesOf(folder: string, options: LoadOptions): Promise<[grey: number, label: number][]> {
  const { images, labels, height, width, channels } = await loadDataset(folder, options);
  return Array.from(labels, (label, i) => [images[i * height * width * channels]!, label]);
}

describe('a folder per class', () => {
  it('splits each class by the seed; classes by code point, files in any format and depth', async () => {
    const folder = await folderOf('photos', {
      'é/1.png': 10,
      'é/deep/er/2.PNG': 20,
      'Z/3.webp': await plain(30, { format: 'webp' }),
      'Z/4.tif': await plain(40, { format: 'tiff' }),
      '\u{1F600}/5.png': 50,
      '\u{1F600}/6.png': 60,
      '\uFFFD/7.png': 70,
      '\uFFFD/8.png': 80,
      '.hidden/a.png': 'ignored',
      'Z/.DS_Store': 'ignored',
    });
    const [train, test] = await Promise.all([
      samplesOf(folder, { split: 'train', ...small }),
      samplesOf(folder, { split: 'test', ...small }),
    ]);
    const dataset = await loadDataset(folder, { split: 'train', ...small });
    // UTF-16 would put the astral character first.
    expect(dataset.classes).toEqual(['Z', 'é', '\uFFFD', '\u{1F600}']);
    expect(dataset).toMatchObject({ name: 'photos', height: 2, width: 2, channels: 1, length: 4, fit: 'cover' });
    expect(train.map(([, label]) => label)).toEqual([0, 1, 2, 3]);
    expect(test.map(([, label]) => label)).toEqual([0, 1, 2, 3]);
    const all = [...train, ...test].sort(([a], [b]) => a - b);
    expect(all).toEqual([10, 20, 30, 40, 50, 60, 70, 80].map((grey) => [grey, [1, 0, 3, 2][(grey / 10 - 1) >> 1]]));
  });

  it('takes the folders train and test, or val, as they are; test has the classes of train', async () => {
    const folder = await folderOf('split', {
      'train/a/1.png': 1,
      'train/b/2.png': 2,
      'train/c/3.png': 3,
      'val/c/4.png': 4,
      'val/b/5.png': 5,
    });
    expect(await samplesOf(folder, { split: 'train', ...small })).toEqual([[1, 0], [2, 1], [3, 2]]); // biome-ignore format: pairs
    expect(await samplesOf(folder, { split: 'test', ...small })).toEqual([[5, 1], [4, 2]]); // biome-ignore format: pairs
    expect(await samplesOf(folder, { split: 'validation', ...small })).toEqual(
      await samplesOf(folder, { split: 'test', ...small }),
    );
    const test = await loadDataset(folder, { split: 'test', ...small });
    expect(test.classes).toEqual(['a', 'b', 'c']);
    await folderOf('split', { 'val/d/6.png': 6 });
    await expect(loadDataset(folder, { split: 'test', ...small })).rejects.toMatchObject({
      code: 'DATA_LABEL',
      message: `${folder}/val/d: expected a class that ${folder}/train has, one of a, b, c`,
    });
  });

  it('takes a lone folder train for a class', async () => {
    const folder = await folderOf('vehicles', { 'train/1.png': 1, 'train/2.png': 2, 'tram/3.png': 3, 'tram/4.png': 4 });
    expect((await loadDataset(folder, { split: 'train', ...small })).classes).toEqual(['train', 'tram']);
  });

  it('takes the middle of a picture that is too wide, or what is asked for', async () => {
    const bars = await sharp(Uint8Array.from([0, 100, 100, 0]), { raw: { width: 4, height: 1, channels: 1 } })
      .resize(16, 4, { kernel: 'nearest' })
      .png()
      .toBuffer();
    const folder = await folderOf('wide', { 'a/1.png': bars, 'a/2.png': bars });
    const pixels = async (fit?: LoadOptions['fit']) =>
      (await loadDataset(folder, { split: 'train', ...small, height: 4, width: 4, fit })).images[0];
    expect(await pixels()).toBe(100);
    expect(await pixels('fill')).toBeLessThan(10);
  });

  it('has RGB of 64 pixels a side where nobody chooses, and puts transparency on the background', async () => {
    const clear = await sharp({
      create: { width: 2, height: 2, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const folder = await folderOf('clear', { 'a/1.png': clear, 'a/2.png': clear });
    const { height, width, channels, images, background } = await loadDataset(folder, {
      split: 'test',
      background: [1, 2, 3],
    });
    expect([height, width, channels]).toEqual([64, 64, 3]);
    expect([...images.subarray(0, 6)]).toEqual([1, 2, 3, 1, 2, 3]);
    expect(background).toEqual([1, 2, 3]);
  });

  it('takes a limit from all classes', async () => {
    const folder = await folderOf(
      'many',
      Object.fromEntries(
        [...Array(24).keys()].map((i) => [`${i < 8 ? 'a' : 'b'}/${String(i).padStart(2, '0')}.png`, i]),
      ),
    );
    const limited = await samplesOf(folder, { split: 'train', ...small, limit: 6 });
    expect(limited.map(([, label]) => label)).toEqual([0, 0, 1, 1, 1, 1]);
    await expect(loadDataset(folder, { split: 'train', ...small, limit: 13 })).rejects.toMatchObject({
      code: 'DATA_LIMIT',
      message: expect.stringContaining('expected a limit in 1..12'),
    });
  });

  it('tells how far it is, and stops when told to', async () => {
    const folder = await folderOf('progress', { 'a/1.png': 1, 'a/2.png': 2, 'a/3.png': 3, 'a/4.png': 4 });
    const seen: number[] = [];
    await loadDataset(folder, { split: 'train', ...small, onProgress: ({ done, total }) => seen.push(done, total) });
    expect(seen).toEqual([1, 2, 2, 2]);
    const reason = new Error('enough');
    const stopped = loadDataset(folder, { split: 'train', ...small, signal: AbortSignal.abort(reason) });
    await expect(stopped).rejects.toBe(reason);
  });
});

describe('what is wrong with a folder', () => {
  it('refuses a class without pictures, a folder without classes, shares that leave nothing', async () => {
    const empty = await folderOf('no-pictures', { 'a/1.png': 1, 'b/readme.txt': 'none' });
    await expect(loadDataset(empty, { split: 'train', ...small })).rejects.toMatchObject({
      code: 'DATA_FORMAT',
      message: expect.stringContaining(`${empty}/b: expected the pictures of class b`),
    });
    const flat = await folderOf('flat', { '1.png': 1 });
    await expect(loadDataset(flat, { split: 'train' })).rejects.toMatchObject({ code: 'DATA_FORMAT' });
    const two = await folderOf('two', { 'a/1.png': 1, 'b/2.png': 2 });
    await expect(loadDataset(two, { split: 'train', testShare: 1 })).rejects.toMatchObject({ code: 'DATA_LIMIT' });
    await expect(loadDataset(two, { split: 'test' })).rejects.toMatchObject({
      code: 'DATA_LIMIT',
      message: `${two}: the test split has no sample, of 2 in all: give it a larger share, or more pictures`,
    });
  });

  it('warns of files that are no pictures by their names', async () => {
    const folder = await folderOf('notes', { 'a/1.png': 1, 'a/2.png': 2, 'a/notes.txt': '', 'stray.png': 3 });
    const warnings: string[] = [];
    await loadDataset(folder, { split: 'train', ...small, onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([
      `${folder}: 2 files that are no pictures of a class are left out: ${folder}/a/notes.txt, ${folder}/stray.png`,
    ]);
  });

  it('names a broken picture, or all of them, or leaves them out and says so', async () => {
    const folder = await folderOf('broken', {
      'train/a/1.png': 1,
      'train/a/2.jpg': 'no picture',
      'train/a/3.png': 3,
      'train/b/4.png': '',
      'train/b/5.png': 5,
      'test/a/6.png': 'all broken',
    });
    await writeFile(join(folder, 'train/a/7.png'), await plain(7, { width: 300, height: 300 }));
    await truncate(join(folder, 'train/a/7.png'), 100);
    const load = (onBroken?: LoadOptions['onBroken'], onWarning?: (message: string) => void) =>
      loadDataset(folder, { split: 'train', ...small, onBroken, onWarning });
    await expect(load()).rejects.toMatchObject({
      code: 'DATA_DECODE',
      message: expect.stringMatching(/(2\.jpg|4\.png|7\.png): expected a picture/),
    });
    await expect(load('report')).rejects.toMatchObject({
      code: 'DATA_BROKEN',
      message: expect.stringMatching(/: 3 of 6 pictures cannot be decoded[\s\S]*2\.jpg[\s\S]*7\.png[\s\S]*4\.png/),
    });
    const warnings: string[] = [];
    const { length, images, labels } = await load('skip', (message) => warnings.push(message));
    expect([length, [...labels]]).toEqual([3, [0, 0, 1]]);
    expect([0, 4, 8].map((at) => images[at])).toEqual([1, 3, 5]);
    expect(images.length).toBe(12);
    expect(warnings).toEqual([
      expect.stringContaining('data set broken: 3 of 6 pictures cannot be decoded, and are left'),
    ]);
    await expect(loadDataset(folder, { split: 'test', ...small, onBroken: 'skip' })).rejects.toMatchObject({
      code: 'DATA_BROKEN',
    });
  });

  it('refuses a decompression bomb', async () => {
    // A small PNG that says it has 40,000 × 40,000 pixels.
    const bomb = await plain(1);
    bomb.writeUInt32BE(40_000, 16);
    bomb.writeUInt32BE(40_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    const folder = await folderOf('bomb', { 'a/1.png': 1, 'a/2.png': bomb, 'a/3.png': bomb });
    await expect(loadDataset(folder, { split: 'train', ...small })).rejects.toMatchObject({
      code: 'DATA_DECODE',
      message: expect.stringContaining('exceeds pixel limit'),
    });
    const tight = await folderOf('tight', { 'a/1.png': 1, 'a/2.png': 2 });
    await expect(loadDataset(tight, { split: 'train', ...small, limitInputPixels: 15 })).rejects.toMatchObject({
      code: 'DATA_DECODE',
    });
  });

  it('refuses more than fits into memory before it decodes anything', async () => {
    const folder = await folderOf('large', { 'a/1.png': 'never read', 'a/2.png': 'never read', 'a/3.png': '' });
    await expect(
      loadDataset(folder, { split: 'train', memoryLimit: 2 * 64 * 64 * 3 - 1, testShare: 0.3 }),
    ).rejects.toMatchObject({
      // biome-ignore format: one line
      code: 'DATA_MEMORY',
      message: expect.stringMatching(
        /2 pictures of 64×64×3 take .* GiB when decoded, which is above the limit .*smaller/,
      ),
    });
    await expect(loadDataset(folder, { split: 'train', height: 0 })).rejects.toMatchObject({ code: 'DATA_LIMIT' });
  });

  it('follows symbolic links to files of its own, and refuses those that lead out, in circles, or nowhere', async () => {
    const outside = await folderOf('outside', { 'secret.png': 99 });
    const make = async (name: string, target: string) => {
      const folder = await folderOf(name, { 'a/1.png': 1, 'a/2.png': 2, 'b/3.png': 3 });
      await symlink(target, join(folder, 'b/link.png'));
      return loadDataset(folder, { split: 'train', ...small });
    };
    expect((await make('inside', '../a/1.png')).length).toBe(2);
    await expect(make('out', join(outside, 'secret.png'))).rejects.toMatchObject({
      code: 'DATA_UNSAFE',
      message: expect.stringContaining(`a link to ${outside}/secret.png`),
    });
    await expect(make('circle', '..')).rejects.toMatchObject({ code: 'DATA_UNSAFE' });
    // A folder whose name begins as the data set's does.
    await expect(make('outs', join(outside, 'secret.png'))).rejects.toMatchObject({ code: 'DATA_UNSAFE' });
    await expect(make('nowhere', 'gone.png')).rejects.toMatchObject({ code: 'DATA_NOT_FOUND' });
    await symlink(join(parent, 'inside'), join(parent, 'as-a-link'));
    expect((await loadDataset(join(parent, 'as-a-link'), { split: 'train', ...small })).length).toBe(2);
  });
});
