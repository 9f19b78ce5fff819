import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { createDataset, type ImageDataset } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { fileError } from '../file-errors.ts';
import { checkPictureMemory, pictureMemory } from '../picture-memory.ts';
import { takeCount } from './limit.ts';
import { type NpyArray, readNpy } from './npy.ts';
import { type DatasetFormat, type LoadOptions, type Split, splits, splitToRead } from './source.ts';
import { divide, takeSplit } from './take-split.ts';
import { zipFiles } from './zip.ts';

/** What arrays are called, by what they are: x_train and y_train as in Keras, train_images and train_labels as in MedMNIST. */
const splitWords: Readonly<Record<Split, string>> = { train: 'train', validation: 'val', test: 'test' };
const namesOf = (word: string) => ({
  images: [`x_${word}`, `${word}_images`],
  labels: [`y_${word}`, `${word}_labels`],
});
const unsplit = { images: ['images', 'x', 'data'], labels: ['labels', 'y', 'targets'] };

export const numpyFormat: DatasetFormat = {
  description:
    'a .npz file, or a folder of .npy files, with arrays images and labels, or x_train, y_train, x_test, y_test, or train_images, train_labels, …',
  recognises: (path, entries) =>
    entries === undefined ? /\.npz$/i.test(path) : entries.some(({ name }) => /\.npy$/i.test(name)),
  load: loadNumpy,
};

/** The files of arrays by their names, and how to read them. */
type Arrays = ReadonlyMap<string, { readonly bytes: number; read(): Promise<Uint8Array> }>;

/**
 * Loads arrays that NumPy saved: pictures of bytes, [N, height, width] or [N, height, width, 1 or 3], and labels, integers
 * from 0, [N] or [N, 1]. The classes are the numbers up to the highest label of any split.
 *
 * @throws DataError `DATA_FORMAT` for arrays of another type or shape, `DATA_NOT_FOUND` where one is missing,
 *   `DATA_MISMATCH` where there are not as many labels as pictures, `DATA_MEMORY`, and as `readNpy`
 */
async function loadNumpy(path: string, options: LoadOptions): Promise<ImageDataset> {
  const arrays = await arraysOf(path);
  const has = (names: readonly string[]): boolean => names.some((name) => arrays.has(name));
  const inSplits = splits.filter((split) => has(namesOf(splitWords[split]).labels));
  const split = splitToRead(options, (split) => inSplits.includes(split));
  const names = inSplits.length > 0 ? namesOf(splitWords[split]) : unsplit;
  const images = await find(path, arrays, names.images, options.memoryLimit);
  const labels = await find(path, arrays, names.labels);
  checkImages(images);
  const [count, height, width, channels = 1] = images.array.shape as [number, number, number, number?];
  checkLabels(labels, count);
  const { data } = labels.array;
  const samples = Array.from(data, (label, index) => ({ label, index }));
  // Arrays without a split may well be in the order of their labels.
  const chosen =
    inSplits.length > 0
      ? divide(path, samples.slice(0, takeCount(path, options.limit, count)), options)
      : takeSplit(path, samples, options);
  const size = height * width * channels;
  const pixels = pictureMemory(path, chosen.length * size, options.memoryLimit);
  for (const [i, { index }] of chosen.entries()) {
    pixels.set((images.array.data as Uint8Array).subarray(index * size, (index + 1) * size), i * size);
  }
  return createDataset({
    name: basename(resolve(path), extname(path)),
    classes: await classesOf(path, arrays, inSplits),
    height,
    width,
    channels,
    images: pixels,
    labels: chosen.map(({ label }) => label),
  });
}

async function arraysOf(path: string): Promise<Arrays> {
  const read = (file: string): Promise<Uint8Array> =>
    readFile(file).catch((error: unknown) => {
      throw fileError(file, error, 'check the path');
    });
  const key = (name: string): string => basename(name, '.npy');
  if (!/\.npz$/i.test(path)) {
    const names = (await readdir(path)).filter((name) => name.endsWith('.npy'));
    const arrays = names.map(async (name) => {
      const file = join(path, name);
      return [key(name), { bytes: (await stat(file)).size, read: () => read(file) }] as const;
    });
    return new Map(await Promise.all(arrays));
  }
  const files = zipFiles(path, await read(path));
  return new Map(files.map((file) => [key(file.name), { bytes: file.bytes, read: async () => file.read() }]));
}

interface NamedArray {
  /** For messages: the file and the array. */
  readonly name: string;
  readonly array: NpyArray;
}

/** The first array of these names that there is. It is read whole, of which pictures may be too many. */
async function find(path: string, arrays: Arrays, names: readonly string[], memoryLimit?: number): Promise<NamedArray> {
  for (const name of names) {
    const file = arrays.get(name);
    const full = `${path}: ${name}`;
    if (file === undefined) continue;
    checkPictureMemory(full, file.bytes, memoryLimit);
    return { name: full, array: readNpy(full, await file.read()) };
  }
  const there = [...arrays.keys()].join(', ') || 'none';
  throw new DataError('DATA_NOT_FOUND', `${path}: expected an array ${names.join(' or ')}, there are ${there}`);
}

function checkImages({ name, array: { shape, type } }: NamedArray): void {
  const [, , , channels = 1] = shape;
  const fits = (shape.length === 3 || shape.length === 4) && (channels === 1 || channels === 3);
  if (type === '|u1' && fits && shape.every((size) => size > 0)) return;
  throw new DataError(
    'DATA_FORMAT',
    `${name}: expected pictures of type |u1 (uint8), [N, height, width] or [N, height, width, 1 or 3], got ${type}, ` +
      `[${shape.join(', ')}]`,
  );
}

function checkLabels({ name, array: { shape, data } }: NamedArray, count: number): void {
  if (shape.length === 0 || shape.length > 2 || (shape[1] ?? 1) !== 1) {
    throw new DataError('DATA_FORMAT', `${name}: expected labels of shape [N] or [N, 1], got [${shape.join(', ')}]`);
  }
  if (shape[0] !== count) {
    throw new DataError('DATA_MISMATCH', `${name}: expected a label for each of ${count} pictures, got ${shape[0]}`);
  }
  const wrong = data.findIndex((label) => label < 0 || label > 0xffff);
  if (wrong === -1) return;
  throw new DataError('DATA_LABEL', `${name}: expected labels in 0..65535, got ${data[wrong]} at sample ${wrong}`);
}

/** The classes come from all splits, so that each has the same. */
async function classesOf(path: string, arrays: Arrays, inSplits: readonly Split[]): Promise<string[]> {
  const lists = inSplits.length > 0 ? inSplits.map((split) => namesOf(splitWords[split]).labels) : [unsplit.labels];
  let highest = 0;
  for (const names of lists) {
    const { array } = await find(path, arrays, names);
    for (const label of array.data) highest = Math.max(highest, label);
  }
  return Array.from({ length: Math.min(highest, 0xffff) + 1 }, (_, label) => String(label));
}
