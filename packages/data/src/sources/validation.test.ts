import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from './load.ts';
import type { LoadOptions } from './source.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lockstep-validation-'));
});
afterAll(() => rm(parent, { recursive: true }));

/** Writes files: a number is a picture of that grey. */
async function folderOf(name: string, files: Record<string, number | Uint8Array | string>): Promise<string> {
  const folder = join(parent, name);
  for (const [file, contents] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    const create = { width: 2, height: 2, channels: 3, background: { r: 0, g: 0, b: 0 } } as const;
    const grey = (value: number) => sharp({ create: { ...create, background: { r: value, g: value, b: value } } });
    await writeFile(
      join(folder, file),
      typeof contents === 'number' ? await grey(contents).png().toBuffer() : contents,
    );
  }
  return folder;
}

/** Pictures of some greys below a folder of a class. */
const pictures = (folder: string, from: number, count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${folder}/${String(from + i).padStart(3, '0')}.png`, from + i])); // biome-ignore format: one line

/** The grey of each sample's first pixel, and how many samples each class has. */
async function load(path: string, options: Partial<LoadOptions> & Pick<LoadOptions, 'split'>) {
  const size =
    path === 'mnist' || path.endsWith('idx') || path.endsWith('.npz') ? {} : { height: 1, width: 1, channels: 1 };
  const warnings: string[] = [];
  const dataset = await loadDataset(path, { ...size, onWarning: (message) => warnings.push(message), ...options });
  const { images, labels, length, classes } = dataset;
  const counts = classes.map((_, label) => labels.filter((other) => other === label).length);
  return { greys: [...labels.keys()].map((i) => images[(i * images.length) / length]!), counts, warnings, dataset };
}

const labelFile = (labels: readonly number[]) => Buffer.from([0, 0, 8, 1, 0, 0, 0, labels.length, ...labels]);
const imageFile = (pixels: readonly number[]) => Buffer.from([0, 0, 8, 3, 0, 0, 0, pixels.length, 0, 0, 0, 1, 0, 0, 0, 1, ...pixels]); // biome-ignore format: one line
const idx = (name: string, labels: readonly number[]) =>
  folderOf(`${name}.idx`, {
    'train-images-idx3-ubyte': imageFile([...labels.keys()]),
    'train-labels-idx1-ubyte': labelFile(labels),
    't10k-images-idx3-ubyte': imageFile([200]),
    't10k-labels-idx1-ubyte': labelFile([0]),
  });

describe('a share for validation', () => {
  const sources: Record<string, () => Promise<string>> = {
    'IDX files': () => idx('share', [...Array(40).fill(0), ...Array(20).fill(1)]),
    'a folder with test': () =>
      folderOf('with-test', { ...pictures('train/a', 0, 40), ...pictures('train/b', 40, 20), 'test/a/200.png': 200 }),
    'a folder without splits': () => folderOf('no-splits', { ...pictures('a', 0, 50), ...pictures('b', 50, 25) }),
    'a CSV file': async () => {
      const files = { ...pictures('a', 0, 40), ...pictures('b', 40, 20) };
      const lines = Object.keys(files).map((path) => `${path},${dirname(path)},train`);
      const list = ['path,label,split', ...lines, 'a/000.png,a,test'].join('\n');
      return join(await folderOf('csv', { ...files, 'list.csv': list }), 'list.csv');
    },
  };

  it.each(Object.entries(sources))(
    'of %s is of the training set, class by class; the test set stays',
    async (_, make) => {
      const path = await make();
      const [train, test] = [await load(path, { split: 'train' }), await load(path, { split: 'test' })];
      expect(train.counts).toEqual([40, 20]);
      const kept = await load(path, { split: 'validation', validation: 0.1 });
      const rest = await load(path, { split: 'train', validation: 0.1 });
      expect(kept.counts).toEqual([4, 2]);
      expect(rest.counts).toEqual([36, 18]);
      expect([...rest.greys, ...kept.greys].sort((a, b) => a - b)).toEqual(train.greys);
      expect(rest.greys).toEqual(rest.greys.toSorted((a, b) => a - b));
      expect((await load(path, { split: 'test', validation: 0.1 })).greys).toEqual(test.greys);
      // By the seed, where nothing else is.
      expect((await load(path, { split: 'validation', validation: 0.1 })).greys).toEqual(kept.greys);
      if (test.greys.length === 1) {
        expect((await load(path, { split: 'validation', validation: 0.1, seed: 2 })).greys).not.toEqual(kept.greys);
      }
      // A limit is of both together.
      const few = { validation: 0.25, limit: 20 };
      const limited = await load(path, { split: 'train', limit: 20 });
      const [fewRest, fewKept] = [
        await load(path, { split: 'train', ...few }),
        await load(path, { split: 'validation', ...few }),
      ];
      expect(fewKept.greys).toHaveLength(5);
      expect([...fewRest.greys, ...fewKept.greys].sort((a, b) => a - b)).toEqual(limited.greys);
    },
  );

  it('is of the 60,000 digits, the same on every machine', async () => {
    const options = { split: 'validation', limit: 1000, validation: 0.1 } as const;
    const { dataset, counts } = await load('mnist', options);
    expect(dataset).toMatchObject({ name: 'mnist', length: 101, height: 28, width: 28, channels: 1 });
    expect(counts).toEqual([10, 12, 10, 9, 11, 9, 9, 12, 9, 10]);
    expect([...dataset.labels.subarray(0, 12)]).toEqual([1, 4, 3, 9, 9, 9, 4, 6, 8, 0, 2, 7]);
  });

  it('leaves a class with one sample in the training, and says so', async () => {
    const path = await idx('single', [0, 1, 1, 2, 2, 2]);
    const kept = await load(path, { split: 'validation', validation: 0.1 });
    expect(kept.counts).toEqual([0, 1, 1]);
    expect(kept.warnings).toEqual([
      'data set single.idx: 1 of 3 classes have no picture to validate with, since they have less than two to train on: 0',
    ]);
    const rest = await load(path, { split: 'train', validation: 0.1 });
    expect(rest).toMatchObject({ counts: [1, 1, 2], warnings: [] });
  });

  it('leaves something to train on, however large, and is refused where it leaves nothing to validate with', async () => {
    const path = await idx('large', [0, 0, 0, 1, 1]);
    expect((await load(path, { split: 'train', validation: 0.99 })).counts).toEqual([1, 1]);
    const single = await idx('all-single', [0, 1, 2]);
    for (const split of ['train', 'validation'] as const) {
      await expect(load(single, { split, validation: 0.5 })).rejects.toMatchObject({
        code: 'DATA_LIMIT',
        message: `${single}: expected two training samples of a class at least, one of them to validate with, there is one of each: give it more, or leave out the share for validation`,
      });
    }
    for (const validation of [0, 1, -0.1, Number.NaN]) {
      await expect(load(path, { split: 'train', validation })).rejects.toMatchObject({
        code: 'DATA_LIMIT',
        message: `data set ${path}: expected a share for validation above 0 and below 1, got ${validation}`,
      });
    }
  });
});

describe('a validation set of its own', () => {
  it('is that of a folder, and not the test set too', async () => {
    const path = await folderOf('own', {
      ...pictures('train/a', 0, 4),
      ...pictures('val/a', 10, 2),
      'test/a/20.png': 20,
    });
    expect((await load(path, { split: 'validation', validation: 'own' })).greys).toEqual([10, 11]);
    expect((await load(path, { split: 'train', validation: 'own' })).greys).toEqual([0, 1, 2, 3]);
    expect((await load(path, { split: 'test', validation: 'own' })).greys).toEqual([20]);
    await rm(join(path, 'test'), { recursive: true });
    expect((await load(path, { split: 'test' })).greys).toEqual([10, 11]);
    expect((await load(path, { split: 'test', validation: 0.5 })).greys).toEqual([10, 11]);
    await expect(load(path, { split: 'test', validation: 'own' })).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
      message: `${path}: expected a folder test or testing beside train, there is none`,
    });
  });

  it('is not there without splits, or in files that have none', async () => {
    const photos = await folderOf('none', pictures('a', 0, 4));
    await expect(load(photos, { split: 'train', validation: 'own' })).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
      message: `${photos}: expected a validation set of its own, it comes without splits; a share of it can be kept for validation`,
    });
    await expect(load('mnist', { split: 'validation', validation: 'own' })).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
      message: expect.stringContaining('it has only train and test; a share of train can be kept for validation'),
    });
  });
});
