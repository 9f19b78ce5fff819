import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageDataset } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { fileError } from '../file-errors.ts';
import { cifarBinaryFormat } from './cifar-binary.ts';
import { cifarStripsFormat } from './cifar-strips.ts';
import { cifar10 } from './cifar10.ts';
import { classFolderFormat, pictureName } from './class-folder.ts';
import { csvFormat } from './csv.ts';
import { warn } from './decode-all.ts';
import { fashionMnist } from './fashion-mnist.ts';
import { idxFormat } from './idx-folder.ts';
import { mnist } from './mnist.ts';
import { numpyFormat } from './numpy.ts';
import { type DatasetFormat, type DatasetSource, type LoadOptions, splits } from './source.ts';
import { webDatasetFormat } from './web-dataset.ts';

/** The data sets that are known by name: one line each. */
const sources: readonly DatasetSource[] = [mnist, fashionMnist, cifar10];

/** What files and folders are understood, by their names; the first that recognises them is taken. */
const formats: readonly DatasetFormat[] = [
  idxFormat,
  cifarBinaryFormat,
  cifarStripsFormat,
  classFolderFormat, // before those that a stray file beside the classes could be taken for
  csvFormat,
  numpyFormat,
  webDatasetFormat,
];

/** Names that `loadDataset` knows. */
export function datasetNames(): string[] {
  return sources.map(({ name }) => name);
}

/** A data set that is known by name; undefined if there is none of that name. */
export const namedDataset = (name: string): DatasetSource | undefined => sources.find((source) => source.name === name);

/**
 * Loads a data set into shared memory.
 *
 * ```ts
 * const digits = await loadDataset('mnist', { split: 'train', limit: 1000 });
 * const photos = await loadDataset('./photos', { split: 'test', height: 96, width: 96, onBroken: 'skip' });
 * ```
 *
 * @param nameOrPath one of `datasetNames()`, or the path of data in one of the formats: a folder per class, …
 * @throws DataError `DATA_UNKNOWN` for a name that is neither, `DATA_LIMIT`, `DATA_MISMATCH` where pictures of a fixed size
 *   don't have the one asked for, and what reading the files throws
 */
export async function loadDataset(nameOrPath: string, options: LoadOptions): Promise<ImageDataset> {
  const { split, limit } = options;
  if (!splits.includes(split)) {
    throw new DataError(
      'DATA_UNKNOWN',
      `data set ${nameOrPath}: expected split to be one of ${splits.join(', ')}, got ${split}`,
    );
  }
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) {
    throw new DataError(
      'DATA_LIMIT',
      `data set ${nameOrPath}: expected limit, the number of samples to take, to be a positive integer, got ${limit}`,
    );
  }
  const { validation } = options;
  if (typeof validation === 'number' && !(validation > 0 && validation < 1)) {
    throw new DataError(
      'DATA_LIMIT',
      `data set ${nameOrPath}: expected a share for validation above 0 and below 1, got ${validation}`,
    );
  }
  const source = namedDataset(nameOrPath);
  const dataset = await (source ? source.load(options) : (await formatOf(nameOrPath)).load(nameOrPath, options));
  checkShape(dataset, options);
  warnOfMissing(dataset, options);
  return dataset;
}

async function formatOf(path: string): Promise<DatasetFormat> {
  const known = formats.map(({ description }) => description).join('; ');
  const found = await stat(path).catch(() => undefined);
  if (found === undefined && /[/\\]/.test(path)) {
    throw new DataError(
      'DATA_NOT_FOUND',
      `${path}: expected a folder or a file with pictures, there is none; check the path`,
    );
  }
  if (found === undefined) {
    throw new DataError(
      'DATA_UNKNOWN',
      `data set ${path}: expected one of ${datasetNames().join(', ')}, or the path of a folder or file; there is neither`,
    );
  }
  const entries = found.isDirectory()
    ? await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
        throw fileError(path, error, 'check the path');
      })
    : undefined;
  const format = formats.find((candidate) => candidate.recognises(path, entries));
  if (format !== undefined) return format;
  if (entries?.every(({ name }) => name.startsWith('.'))) {
    throw new DataError('DATA_FORMAT', `${path}: expected a folder with pictures or data, it is empty; check the path`);
  }
  if (entries?.some(({ name }) => pictureName.test(name))) {
    throw new DataError(
      'DATA_FORMAT',
      `${path}: expected a folder with a folder of pictures for each class, its pictures are in none; move them into some, as in ` +
        join(path, 'cat', '1.jpg'),
    );
  }
  throw new DataError('DATA_FORMAT', `${path}: expected one of: ${known}; it looks like none of them`);
}

/** Says which classes a share for validation has nothing of. */
function warnOfMissing({ name, classes, labels }: ImageDataset, options: LoadOptions): void {
  if (options.split !== 'validation' || typeof options.validation !== 'number') return;
  const there = new Set(labels);
  const missing = classes.filter((_, label) => !there.has(label));
  if (missing.length === 0) return;
  const some = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', …' : '');
  warn(
    options,
    `data set ${name}: ${missing.length} of ${classes.length} classes have no picture to validate with, since they have ` +
      `less than two to train on: ${some}`,
  );
}

/** Decoded files have the size that was asked for; other data comes in its own, and is not resized unasked. */
function checkShape(dataset: ImageDataset, options: LoadOptions): void {
  for (const key of ['height', 'width', 'channels'] as const) {
    const asked = options[key];
    if (asked === undefined || asked === dataset[key]) continue;
    throw new DataError(
      'DATA_MISMATCH',
      `data set ${dataset.name}: expected pictures of ${key} ${asked}, as asked for, but they come with ${dataset[key]}`,
    );
  }
}
