import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseCsv } from './csv.ts';
import { loadDataset } from './load.ts';

let parent: string;
let folder: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lockstep-csv-'));
  folder = join(parent, 'data');
  await mkdir(join(folder, 'some, pictures'), { recursive: true });
  for (const grey of [10, 20, 30, 40]) {
    await sharp({ create: { width: 3, height: 3, channels: 3, background: { r: grey, g: grey, b: grey } } })
      .png()
      .toFile(join(folder, `some, pictures/${grey}.png`));
  }
});
afterAll(() => rm(parent, { recursive: true }));

const small = { height: 1, width: 1, channels: 1 } as const;

async function load(text: string, split: 'train' | 'validation' | 'test' = 'train') {
  const file = join(folder, 'list.csv');
  await writeFile(file, text);
  const { images, labels, classes, name } = await loadDataset(file, { ...small, split, testShare: 0.5 });
  return { images: [...images], labels: [...labels], classes, name };
}

const row = (grey: number, ...more: string[]) => [`"some, pictures/${grey}.png"`, ...more].join(',');

it('reads paths, labels and splits, whatever the columns are called and where they are', async () => {
  const text = [
    'id,Class,set,Image',
    `1,dog,train,${row(20)}`,
    `2,"the ""cat""",test,${row(30)}`,
    `3,dog,val,${row(10)}`,
  ];
  expect(await load(text.join('\r\n'))).toEqual({
    images: [20],
    labels: [0],
    classes: ['dog', 'the "cat"'],
    name: 'list',
  });
  expect(await load(text.join('\n'), 'test')).toMatchObject({ images: [30], labels: [1] });
  expect(await load(`\uFEFF${text.join('\n')}\n\n`, 'validation')).toMatchObject({ images: [10], labels: [0] });
});

it('splits by the seed where there is no such column; numbers are in their own order', async () => {
  const text = ['path,label', row(10, '10'), row(20, '10'), row(30, '9'), row(40, '9')].join('\n');
  const [train, test] = [await load(text), await load(text, 'test')];
  expect(train.classes).toEqual(['9', '10']);
  expect(train.labels.toSorted()).toEqual([0, 1]);
  expect([...train.images, ...test.images].sort()).toEqual([10, 20, 30, 40]);
});

it.each([
  ['a,b\n1,2', 'DATA_FORMAT', 'expected a first line that names the columns path and label, got "a,b"'],
  ['', 'DATA_FORMAT', 'expected a first line'],
  ['path,label\n', 'DATA_FORMAT', 'expected a line for each picture'],
  ['path,label\n\nx.png\n', 'DATA_FORMAT', 'list.csv, line 3: expected path, label, got "x.png"'],
  ['path,label,split\nx.png,a,dev\n', 'DATA_FORMAT', 'line 2: expected path, label, split, got "x.png,a,dev"'],
  ['path,label\n"x.png,a', 'DATA_FORMAT', 'line 2: expected a quote to end'],
  ['path,label,split\nx.png,a,train\ny.png,a,\n', 'DATA_MISMATCH', 'a split for all 2 samples or for none, 1 lack it'],
  ['path,label,split\nx.png,a,test\n', 'DATA_NOT_FOUND', 'expected samples of the train split, there are none'],
  ['path,label\ngone.png,a\n', 'DATA_NOT_FOUND', 'gone.png: expected a file, there is none'],
  ['path,label\n../secret.png,a\n', 'DATA_UNSAFE', 'got ../secret.png'],
  ['path,label\nlink.png,a\n', 'DATA_UNSAFE', 'secret.png; put the file above them'],
])('%j is refused', async (text, code, message) => {
  await writeFile(join(parent, 'secret.png'), '');
  await symlink('../secret.png', join(folder, 'link.png')).catch(() => undefined);
  await expect(load(text)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});

it('parses quotes, line ends, and fields that are empty', () => {
  const rows = (text: string) => parseCsv('f', text).map(({ fields }) => fields);
  expect(rows('a,"b\nc",\n"",d,""\r\n')).toEqual([['a', 'b\nc', ''], ['', 'd', '']]); // biome-ignore format: rows
  expect(rows('a,')).toEqual([['a', '']]);
  expect(parseCsv('f', '"a\nb"\nc').map(({ line }) => line)).toEqual([1, 3]);
});
