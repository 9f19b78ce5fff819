import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from './load.ts';
import { readNpy } from './npy.ts';
import { zipFiles } from './zip.ts';

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lockstep-numpy-'));
});
afterAll(() => rm(parent, { recursive: true }));

/** An array of bytes as NumPy saves it. */
function npy(shape: readonly number[], data: Uint8Array, { type = '|u1', version = 1, order = 'False' } = {}): Buffer {
  const sizes = `${shape.join(', ')}${shape.length === 1 ? ',' : ''}`;
  const text = `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${sizes}), }\n`;
  const length = version === 1 ? Buffer.alloc(2) : Buffer.alloc(4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([
    Buffer.from(`\x93NUMPY${String.fromCharCode(version, 0)}`, 'latin1'),
    length,
    Buffer.from(text),
    data,
  ]);
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const int64 = (...values: number[]): Uint8Array => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

/** A ZIP archive of deflated files. */
function zip(files: Record<string, Uint8Array>, comment = ''): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(files)) {
    const packed = deflateRawSync(data);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt32LE(crc32(data), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(data.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), shared, rest, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(offset, 12);
  end.writeUInt16LE(comment.length, 16);
  return Buffer.concat([...locals, ...directory, Buffer.from('PK\x05\x06'), end, Buffer.from(comment)]);
}

async function fileOf(name: string, contents: Uint8Array): Promise<string> {
  const path = join(parent, name);
  await writeFile(path, contents);
  return path;
}

describe('arrays of NumPy', () => {
  it('in an npz file, with splits', async () => {
    const path = await fileOf(
      'keras.npz',
      zip({
        'x_train.npy': npy([3, 1, 2], bytes(1, 2, 3, 4, 5, 6)),
        'y_train.npy': npy([3], int64(1, 0, 1), { type: '<i8', version: 2 }),
        'x_test.npy': npy([1, 1, 2], bytes(7, 8)),
        'y_test.npy': npy([1, 1], bytes(3)),
      }, 'a comment'), // biome-ignore format: one argument a line
    );
    const train = await loadDataset(path, { split: 'train' });
    expect(train).toMatchObject({ name: 'keras', height: 1, width: 2, channels: 1, classes: ['0', '1', '2', '3'] });
    expect([[...train.images], [...train.labels]]).toEqual([[1, 2, 3, 4, 5, 6], [1, 0, 1]]); // biome-ignore format: pairs
    const test = await loadDataset(path, { split: 'test' });
    expect([[...test.images], [...test.labels]]).toEqual([[7, 8], [3]]);
    expect((await loadDataset(path, { split: 'train', limit: 2 })).length).toBe(2);
    const half = { validation: 0.5, onWarning: () => {} };
    const [rest, kept] = [await loadDataset(path, { split: 'train', ...half }), await loadDataset(path, { split: 'validation', ...half })]; // biome-ignore format: one line
    expect([[...rest.labels], [...kept.labels]]).toEqual([expect.arrayContaining([0, 1]), [1]]);
    expect([...rest.images, ...kept.images].sort()).toEqual([...train.images]);
    await expect(loadDataset(path, { split: 'train', limit: 4 })).rejects.toMatchObject({ code: 'DATA_LIMIT' });
    await expect(loadDataset(path, { split: 'validation' })).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
      message: `${path}: expected an array x_val or val_images, there are x_train, y_train, x_test, y_test`,
    });
  });

  it('above the memory limit are refused before they are unpacked', async () => {
    const images = npy([3, 1, 2], bytes(1, 2, 3, 4, 5, 6));
    const labels = npy([3], bytes(0, 1, 0));
    // What is in the archive is damaged: nobody has looked.
    const damaged = zip({ 'train_images.npy': images, 'train_labels.npy': labels });
    damaged.fill(0, 60, 90);
    const path = await fileOf('large.npz', damaged);
    const folder = join(parent, 'large');
    await mkdir(folder);
    await fileOf('large/train_images.npy', images);
    await fileOf('large/train_labels.npy', labels);
    for (const of of [path, folder]) {
      await expect(loadDataset(of, { split: 'train', memoryLimit: images.length - 1 })).rejects.toMatchObject({
        code: 'DATA_MEMORY',
        message: expect.stringContaining(`${of}: train_images: expected pictures within the memory limit`),
      });
    }
    expect((await loadDataset(folder, { split: 'train', memoryLimit: images.length })).length).toBe(3);
  });

  it('in a folder of npy files, without splits', async () => {
    const folder = join(parent, 'arrays');
    await mkdir(folder);
    const pictures = Uint8Array.from({ length: 4 * 3 }, (_, i) => i);
    await fileOf('arrays/images.npy', npy([4, 1, 1, 3], pictures));
    await fileOf('arrays/labels.npy', npy([4], bytes(0, 1, 0, 1)));
    const options = { testShare: 0.5, seed: 2 };
    const parts = await Promise.all([
      loadDataset(folder, { split: 'train', ...options }),
      loadDataset(folder, { split: 'test', ...options }),
    ]);
    expect(parts.map(({ labels }) => [...labels])).toEqual([[0, 1], [0, 1]]); // biome-ignore format: pairs
    expect(parts.flatMap(({ images }) => [...images]).sort((a, b) => a - b)).toEqual([...pictures]);
    for (const { images, labels } of parts) for (const at of [0, 1]) expect((images[3 * at]! / 3) % 2).toBe(labels[at]);
  });

  it.each([
    [
      'of floats',
      { images: npy([1, 1, 1], new Uint8Array(4), { type: '<f4' }) },
      'DATA_FORMAT',
      'got <f4; save it again',
    ],
    ['of objects', { images: npy([1, 1, 1], bytes(1), { type: '|O' }) }, 'DATA_FORMAT', 'got |O'],
    [
      "in Fortran's order",
      { images: npy([1, 1, 1], bytes(1), { order: 'True' }) },
      'DATA_FORMAT',
      "in Fortran's order",
    ],
    ['with channels first', { images: npy([1, 3, 2, 2], new Uint8Array(12)) }, 'DATA_FORMAT', 'got |u1, [1, 3, 2, 2]'],
    ['with too few labels', { labels: npy([1], bytes(0)) }, 'DATA_MISMATCH', 'a label for each of 2 pictures, got 1'],
    ['with one-hot labels', { labels: npy([2, 2], bytes(0, 1, 1, 0)) }, 'DATA_FORMAT', 'expected labels of shape [N]'],
    ['with negative labels', { labels: npy([2], int64(0, -1), { type: '<i8' }) }, 'DATA_LABEL', 'got -1 at sample 1'],
    [
      'cut short',
      { images: npy([2, 1, 1], bytes(1)) },
      'DATA_TRUNCATED',
      'expected 2 bytes of elements for shape 2×1×1, got 1',
    ],
    ['too long', { images: npy([2, 1, 1], bytes(1, 2, 3)) }, 'DATA_TRAILING', 'got 3'],
    [
      'of something else',
      { images: Buffer.from('no array, but long enough') },
      'DATA_FORMAT',
      "expected NumPy's format",
    ],
  ])('%s are refused', async (_, changes, code, message) => {
    const arrays = { images: npy([2, 1, 1], bytes(1, 2)), labels: npy([2], bytes(0, 1)), ...changes };
    const path = await fileOf('bad.npz', zip({ 'images.npy': arrays.images, 'labels.npy': arrays.labels }));
    const loaded = loadDataset(path, { split: 'train' });
    await expect(loaded).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('that a damaged archive holds are refused', async () => {
    const whole = zip({ 'images.npy': npy([2, 1, 1], bytes(1, 2)), 'labels.npy': npy([2], bytes(0, 1)) });
    for (let length = 0; length < whole.length; length += 7) {
      const path = await fileOf('cut.npz', whole.subarray(0, length));
      await expect(loadDataset(path, { split: 'train' }), `cut at ${length}`).rejects.toMatchObject({
        code: 'DATA_FORMAT',
      });
    }
    // A file that says to be smaller than it is must not be inflated beyond that.
    const bomb = zip({ 'a.npy': new Uint8Array(1e6) });
    bomb.writeUInt32LE(10, bomb.indexOf('PK\x01\x02') + 24);
    expect(() => zipFiles('bomb.zip', bomb)[0]!.read()).toThrow('bomb.zip: a.npy is damaged');
  });

  it('are what NumPy itself writes', async ({ skip }) => {
    const path = join(parent, 'live.npz');
    const program = `
import numpy as np
np.savez_compressed('${path}', x_train=np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3), y_train=np.array([1, 0]),
  x_test=np.zeros((1, 2, 2, 3), np.uint8), y_test=np.array([[2]], np.int16))
np.save('${path}.npy', np.array([-1, 2], np.int32))`;
    const python = spawnSync('/usr/bin/python3', ['-c', program]);
    if (python.status !== 0) return skip('there is no Python with NumPy');
    const train = await loadDataset(path, { split: 'train' });
    expect([...train.images]).toEqual([...Array(24).keys()]);
    expect([...train.labels]).toEqual([1, 0]);
    expect([...(await loadDataset(path, { split: 'test' })).labels]).toEqual([2]);
    expect([...readNpy('a', await readFile(`${path}.npy`)).data]).toEqual([-1, 2]);
  });
});
