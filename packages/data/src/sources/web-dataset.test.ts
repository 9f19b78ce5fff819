import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadDataset } from './load.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lockstep-shards-'));
});
afterAll(() => rm(parent, { recursive: true }));

const png = (grey: number): Promise<Buffer> =>
  sharp({ create: { width: 3, height: 3, channels: 3, background: { r: grey, g: grey, b: grey } } })
    .png()
    .toBuffer();

/** An archive of files; a number is a picture of that grey. */
async function tar(files: Record<string, number | string>): Promise<Uint8Array> {
  const entries = [];
  for (const [name, contents] of Object.entries(files)) {
    const body = typeof contents === 'number' ? await png(contents) : Buffer.from(contents);
    entries.push({ header: { name, size: body.length }, body });
  }
  return packTar(entries);
}

async function shards(name: string, files: Record<string, Uint8Array>): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, file), bytes);
  return folder;
}

const small = { height: 1, width: 1, channels: 1, testShare: 0.5 } as const;

it('reads a folder of shards, of which the names tell the split', async () => {
  const folder = await shards('named', {
    'train-1.tar.gz': gzipSync(await tar({ 'b/1.png': 30, 'b/1.cls': '7' })),
    'train-0.tar': await tar({ '1.png': 10, '1.cls': '10\n', '1.json': '{}', '2.cls': '7', '2.seg.png': 20 }),
    'val-0.tar': await tar({ '1.png': 40, '1.cls': '10' }),
    'README.md': Buffer.from('not a shard'),
  });
  const train = await loadDataset(folder, { split: 'train', ...small });
  expect(train).toMatchObject({ name: 'named', classes: ['7', '10'], length: 3 });
  expect([[...train.images], [...train.labels]]).toEqual([[10, 20, 30], [1, 0, 0]]); // biome-ignore format: pairs
  const test = await loadDataset(folder, { split: 'test', ...small });
  expect([[...test.images], [...test.labels]]).toEqual([[40], [1]]);
});

it('reads one shard, and splits it by the seed; classes may be names', async () => {
  const files = {
    '1.png': 1,
    '1.cls': 'cat',
    '2.png': 2,
    '2.cls': 'cat',
    '3.png': 3,
    '3.cls': 'dog',
    '4.png': 4,
    '4.cls': 'dog',
  };
  const folder = await shards('single', { 'pets.tar': await tar(files) });
  const load = (split: 'train' | 'test') => loadDataset(join(folder, 'pets.tar'), { split, ...small });
  const [train, test] = await Promise.all([load('train'), load('test')]);
  expect(train).toMatchObject({ name: 'pets', classes: ['cat', 'dog'] });
  expect([[...train.labels], [...test.labels]]).toEqual([[0, 1], [0, 1]]); // biome-ignore format: pairs
  expect([...train.images, ...test.images].sort()).toEqual([1, 2, 3, 4]);
});

it.each([
  [
    { '1.png': 1, '1.txt': 'a' },
    'DATA_MISMATCH',
    'a.tar: 1: expected a picture and a .cls with its class, got no .cls',
  ],
  [{ '1.png': 1, '1.cls': ' ' }, 'DATA_MISMATCH', 'got no .cls'],
  [{ '1.cls': 'a' }, 'DATA_MISMATCH', 'got no picture'],
  [{ 'notes.txt': 'a' }, 'DATA_MISMATCH', 'got no picture'],
  [
    { '1.png': 1, '1.jpg': 1, '1.cls': 'a' },
    'DATA_MISMATCH',
    'a.tar: 1: expected one picture and one .cls, got two pictures',
  ],
  [{ '1.png': 'no picture', '1.cls': 'a', '2.png': 2, '2.cls': 'a' }, 'DATA_DECODE', 'a.tar: 1: expected a picture'],
  [{ '1.png': 1, '1.cls': 'a', '../2.png': 2 }, 'DATA_UNSAFE', "expected paths that stay in the archive's folder"],
])('%j is refused', async (files, code, message) => {
  const folder = await shards('bad', { 'a.tar': await tar(files) });
  // Which of the splits has a picture that is broken is a matter of chance.
  const loaded = (['train', 'test'] as const).map((split) => loadDataset(folder, { split, ...small }));
  const reasons = (await Promise.allSettled(loaded)).map((result) => 'reason' in result && result.reason);
  expect(reasons).toContainEqual(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});

it('refuses more than fits into memory', async () => {
  const folder = await shards('large', { 'a.tar': await tar({ '1.png': 1, '1.cls': 'a' }) });
  await expect(loadDataset(folder, { split: 'train', ...small, memoryLimit: 50 })).rejects.toMatchObject({
    code: 'DATA_MEMORY',
  });
});
