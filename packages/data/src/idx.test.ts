import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError } from './errors.ts';
import { type ReadIdxOptions, readIdx } from './idx.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-idx-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** An IDX file: its header, then its contents. */
function idx(type: number, shape: readonly number[], contents: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, type, shape.length]);
  shape.forEach((size, i) => {
    header.writeUInt32BE(size, 4 + 4 * i);
  });
  return Buffer.concat([header, contents]);
}

async function write(bytes: Uint8Array, name = 'file'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const counting = Uint8Array.from({ length: 12 }, (_, i) => i + 1);
const images = idx(8, [3, 2, 2], counting);

/** The error of reading these bytes; its message begins with the path, which is left out. */
async function refusal(bytes: Uint8Array, options: ReadIdxOptions = { dimensions: 3 }): Promise<[string, string]> {
  const path = await write(bytes);
  const error: unknown = await readIdx(path, options).catch((reason: unknown) => reason);
  if (!(error instanceof DataError)) throw new Error('expected a DataError', { cause: error });
  expect(error.message.startsWith(`${path}: `)).toBe(true);
  return [error.code, error.message.slice(path.length + 2)];
}

describe('readIdx', () => {
  it.each([
    ['plain', images],
    ['gzip', gzipSync(images)],
    ['gzip in two members', Buffer.concat([gzipSync(images.subarray(0, 7)), gzipSync(images.subarray(7))])],
  ])('reads %s files, whatever their name', async (_, bytes) => {
    const array = await readIdx(await write(bytes, 'images.txt'), { dimensions: 3 });
    expect(array.shape).toEqual([3, 2, 2]);
    expect(array.samplesInFile).toBe(3);
    expect([...array.data]).toEqual([...counting]);
    expect(array.data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('reads files of many pieces', async () => {
    const contents = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * i) >> 8);
    for (const bytes of [idx(8, [1_000_000], contents), gzipSync(idx(8, [1_000_000], contents))]) {
      const { data } = await readIdx(await write(bytes), { dimensions: 1 });
      expect(Buffer.compare(data, contents)).toBe(0);
    }
  });

  it('keeps the first samples, and checks the rest all the same', async () => {
    for (const bytes of [images, gzipSync(images)]) {
      const array = await readIdx(await write(bytes), { dimensions: 3, limit: 2 });
      expect(array.shape).toEqual([2, 2, 2]);
      expect(array.samplesInFile).toBe(3);
      expect([...array.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    }
    const limited = { dimensions: 3, limit: 1 };
    expect(await refusal(gzipSync(images.subarray(0, 27)), limited)).toMatchObject({ 0: 'DATA_TRUNCATED' });
    expect(await refusal(images, { dimensions: 3, limit: 4 })).toEqual([
      'DATA_LIMIT',
      'expected a limit in 1..3, the number of samples that there are, got 4',
    ]);
  });

  it('refuses another format', async () => {
    expect(await refusal(Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1'))).toEqual([
      'DATA_FORMAT',
      'expected the IDX format, which begins with 00 00 08, got 89504e47; is this the right file?',
    ]);
    expect(await refusal(gzipSync('text in gzip is no better'))).toMatchObject({ 0: 'DATA_FORMAT' });
    expect(await refusal(idx(13, [3, 2, 2], counting))).toEqual([
      'DATA_FORMAT',
      'expected elements of type 8 (unsigned byte), got 13 (float); is this the right file?',
    ]);
    expect(await refusal(idx(8, [12], counting))).toEqual([
      'DATA_FORMAT',
      'expected 3 dimensions (images), got 1 dimension (labels); is this the right file?',
    ]);
    expect(await refusal(idx(8, [3, 0, 2], new Uint8Array()))).toEqual([
      'DATA_FORMAT',
      'expected sizes of at least 1, got 3×0×2',
    ]);
  });

  it('refuses a file that ends too early', async () => {
    const incomplete = 'the file is incomplete: get it again';
    expect(await refusal(images.subarray(0, 27))).toEqual([
      'DATA_TRUNCATED',
      `expected 28 bytes, got 27; ${incomplete}`,
    ]);
    expect(await refusal(gzipSync(images.subarray(0, 27)))).toEqual([
      'DATA_TRUNCATED',
      `expected 28 bytes, got 27; ${incomplete}`,
    ]);
    expect(await refusal(images.subarray(0, 9))).toEqual(['DATA_TRUNCATED', `expected 16 bytes, got 9; ${incomplete}`]);
    expect(await refusal(new Uint8Array())).toEqual(['DATA_TRUNCATED', `expected 16 bytes, got 0; ${incomplete}`]);
    const compressed = gzipSync(images);
    expect(await refusal(compressed.subarray(0, compressed.length - 9))).toEqual([
      'DATA_TRUNCATED',
      `the compressed file ends after ${compressed.length - 9} bytes, which is too early; it is incomplete: get it again`,
    ]);
  });

  it('refuses a file that goes on', async () => {
    expect(await refusal(Buffer.concat([images, Buffer.of(0)]))).toEqual([
      'DATA_TRAILING',
      'expected 28 bytes, got 29; the header and the contents disagree: get it again',
    ]);
    // What would inflate to 64 MiB is given up at the first piece that is too long.
    expect(await refusal(gzipSync(Buffer.concat([images, Buffer.alloc(2 ** 26)])))).toEqual([
      'DATA_TRAILING',
      'expected 28 bytes, got more; the header and the contents disagree: get it again',
    ]);
  });

  it('refuses sizes that the file cannot hold before it takes memory for them', async () => {
    const huge = idx(8, [0xffffffff, 0xffffffff, 0xffffffff], counting);
    const bytes = 16 + 0xffffffff ** 3;
    expect((await refusal(huge))[1]).toContain(`expected ${bytes} bytes, got 28;`);
    const compressed = gzipSync(huge);
    expect((await refusal(compressed))[1]).toContain(
      `expected ${bytes} bytes, got at most ${1032 * compressed.length};`,
    );
  });

  it('refuses damaged compression', async () => {
    const damaged = gzipSync(images);
    damaged[damaged.length - 6]! ^= 1;
    expect(await refusal(damaged)).toEqual([
      'DATA_FORMAT',
      'the gzip compression is damaged (Z_DATA_ERROR); get the file again',
    ]);
  });

  it('says what is not a file', async () => {
    const missing = join(folder, 'missing');
    await expect(readIdx(missing, { dimensions: 1 })).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
      message: `${missing}: expected a file, there is none; check the path`,
    });
    await expect(readIdx(folder, { dimensions: 1 })).rejects.toMatchObject({
      code: 'DATA_READ',
      message: `${folder}: expected a file in IDX format, got a folder or a device`,
    });
  });
});
