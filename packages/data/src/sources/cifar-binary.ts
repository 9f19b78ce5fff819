import { open, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { createDataset, type ImageDataset } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { errorCode, fileError } from '../file-errors.ts';
import { pictureMemory } from '../picture-memory.ts';
import { takeCount } from './limit.ts';
import type { DatasetFormat, LoadOptions } from './source.ts';
import { takeArrays } from './take-arrays.ts';

/** The classes of CIFAR-10, by label. */
export const cifar10Classes = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

/** Height and width; and bytes of a picture. */
const side = 32;
const pixels = side * side;

/** What one of the two data sets looks like on disk. */
interface Layout {
  readonly files: Readonly<Record<'train' | 'test', readonly string[]>>;
  /** Bytes of labels before the pixels; the last is the one that counts. */
  readonly labelBytes: number;
  /** A class a line. */
  readonly namesFile: string;
  readonly classes: readonly string[];
}

const cifar10: Layout = {
  files: { train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`), test: ['test_batch.bin'] },
  labelBytes: 1,
  namesFile: 'batches.meta.txt',
  classes: cifar10Classes,
};

const cifar100: Layout = {
  files: { train: ['train.bin'], test: ['test.bin'] },
  labelBytes: 2, // coarse, fine
  namesFile: 'fine_label_names.txt',
  classes: Array.from({ length: 100 }, (_, label) => String(label)),
};

const isCifar10 = (names: readonly string[]): boolean => names.some((name) => /^data_batch_[1-5]\.bin$/.test(name));

export const cifarBinaryFormat: DatasetFormat = {
  description: 'a folder with the binary files of CIFAR-10 or CIFAR-100',
  recognises: (_, entries = []) => {
    const names = entries.map(({ name }) => name);
    return isCifar10(names) || (names.includes('train.bin') && names.includes('test.bin'));
  },
  load: loadCifarBinary,
};

/**
 * Loads CIFAR-10 or CIFAR-100 (Krizhevsky, 2009) from its binary version: for each picture one byte of label, or two of
 * which the second is the fine one, and 32×32 bytes each of red, green and blue.
 *
 * @throws DataError `DATA_TRUNCATED` where a file is no whole number of pictures, `DATA_LABEL`, `DATA_MEMORY`, and as reading a file
 */
async function loadCifarBinary(folder: string, options: LoadOptions): Promise<ImageDataset> {
  const ten = await stat(join(folder, cifar10.files.train[0]!)).catch(() => undefined);
  const layout = ten ? cifar10 : cifar100;
  return takeArrays(folder, options, (split) =>
    readArrays(
      folder,
      layout,
      layout.files[split].map((name) => join(folder, name)),
      options,
    ),
  );
}

async function readArrays(
  folder: string,
  layout: Layout,
  files: readonly string[],
  { limit, memoryLimit }: LoadOptions,
): Promise<ImageDataset> {
  const rowBytes = layout.labelBytes + 3 * pixels;
  const counts = await Promise.all(files.map((path) => countRows(path, rowBytes)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const length = takeCount(folder, limit, total);
  const images = pictureMemory(folder, length * 3 * pixels, memoryLimit);
  const labels = new Uint8Array(length);
  const classes = await readNames(join(folder, layout.namesFile), layout.classes);
  let done = 0;
  for (const [i, path] of files.entries()) {
    const count = Math.min(counts[i]!, length - done);
    const rows = await readRows(path, count * rowBytes);
    for (let row = 0; row < count; row++) {
      const at = row * rowBytes + layout.labelBytes;
      const label = rows[at - 1]!;
      if (label >= classes.length) {
        throw new DataError(
          'DATA_LABEL',
          `${path}: expected labels in 0..${classes.length - 1}, got ${label} at picture ${row}`,
        );
      }
      labels[done + row] = label;
      interleave(rows.subarray(at, at + 3 * pixels), images.subarray((done + row) * 3 * pixels));
    }
    done += count;
  }
  const name = basename(resolve(folder));
  return createDataset({ name, classes, height: side, width: side, channels: 3, images, labels });
}

/** Planes of red, green and blue become pixels. */
function interleave(planes: Uint8Array, to: Uint8Array): void {
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < pixels; i++) to[3 * i + channel] = planes[channel * pixels + i]!;
  }
}

async function countRows(path: string, rowBytes: number): Promise<number> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw fileError(path, error, 'get the archive again, and unpack all of it');
  });
  if (size > 0 && size % rowBytes === 0) return size / rowBytes;
  throw new DataError(
    'DATA_TRUNCATED',
    `${path}: expected a multiple of ${rowBytes} bytes, one row a picture, got ${size}; get the file again`,
  );
}

/** The first bytes of a file. */
async function readRows(path: string, bytes: number): Promise<Uint8Array> {
  const rows = new Uint8Array(bytes);
  try {
    const file = await open(path);
    let done = 0;
    try {
      while (done < bytes) {
        const { bytesRead } = await file.read(rows, done, bytes - done, done);
        if (bytesRead === 0) throw new Error(`it ends after ${done} of ${bytes} bytes`);
        done += bytesRead;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(path, error, 'check the path');
  }
  return rows;
}

async function readNames(path: string, otherwise: readonly string[]): Promise<readonly string[]> {
  try {
    const names = (await readFile(path, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '');
    return names.length === otherwise.length ? names : otherwise;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return otherwise;
    throw fileError(path, error, 'check the path');
  }
}
