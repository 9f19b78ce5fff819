import { access } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { createDataset, type ImageDataset } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { readIdx } from '../idx.ts';
import type { DatasetFormat, LoadOptions } from './source.ts';
import { takeArrays } from './take-arrays.ts';

const prefixes = { train: 'train', test: 't10k' } as const;

export const idxFormat: DatasetFormat = {
  description: 'a folder with the four IDX files of MNIST and its kin',
  recognises: (_, entries = []) => entries.some(({ name }) => /^(train|t10k)-.*[-.]idx[13]-ubyte(\.gz)?$/.test(name)),
  load: loadIdxFolder,
};

export interface IdxFolderOptions extends LoadOptions {
  /** Default: the name of the folder. */
  readonly name?: string;
  /** Default: "0", "1", … up to the highest label of the training set. */
  readonly classes?: readonly string[];
}

/**
 * Loads grey pictures from a folder with the four files of MNIST and its kin (Fashion-MNIST, KMNIST, …):
 * `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`; also with a
 * dot before `idx`, or with `.gz` at the end.
 *
 * @throws DataError as `readIdx` and `createDataset`; `DATA_MISMATCH` where there are not as many labels as images
 */
export async function loadIdxFolder(folder: string, options: IdxFolderOptions): Promise<ImageDataset> {
  return takeArrays(folder, options, (split) => readArrays(folder, split, options));
}

async function readArrays(
  folder: string,
  split: keyof typeof prefixes,
  options: IdxFolderOptions,
): Promise<ImageDataset> {
  const { limit, memoryLimit } = options;
  const prefix = prefixes[split];
  const imagesPath = await findFile(folder, `${prefix}-images`, 'idx3-ubyte');
  const labelsPath = await findFile(folder, `${prefix}-labels`, 'idx1-ubyte');
  const labels = await readIdx(labelsPath, { dimensions: 1 });
  const classes = options.classes ?? (await classesOf(folder, split === 'train' ? labels.data : undefined));
  checkLabels(labelsPath, labels.data, classes.length);
  const images = await readIdx(imagesPath, { dimensions: 3, limit, memoryLimit });
  if (images.samplesInFile !== labels.samplesInFile) {
    throw new DataError(
      'DATA_MISMATCH',
      `${labelsPath}: expected a label for each of the ${images.samplesInFile} images of ${imagesPath}, ` +
        `got ${labels.samplesInFile} labels`,
    );
  }
  const [length, height, width] = images.shape;
  return createDataset({
    name: options.name ?? basename(resolve(folder)),
    classes,
    height: height!,
    width: width!,
    channels: 1,
    images: images.data,
    labels: labels.data.subarray(0, length!),
  });
}

/** The classes come from the training set for both splits, so that the classes of a test set are those learnt. */
async function classesOf(folder: string, trainLabels: Uint8Array | undefined): Promise<string[]> {
  const labels =
    trainLabels ??
    (await readIdx(await findFile(folder, `${prefixes.train}-labels`, 'idx1-ubyte'), { dimensions: 1 })).data;
  let highest = 0;
  for (const label of labels) highest = Math.max(highest, label);
  return Array.from({ length: highest + 1 }, (_, label) => String(label));
}

function checkLabels(path: string, labels: Uint8Array, classes: number): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong === -1) return;
  throw new DataError(
    'DATA_LABEL',
    `${path}: expected labels in 0..${classes - 1}, one of ${classes} classes, got ${labels[wrong]} at sample ${wrong}`,
  );
}

async function findFile(folder: string, stem: string, ending: string): Promise<string> {
  const names = [`${stem}-${ending}`, `${stem}.${ending}`, `${stem}-${ending}.gz`, `${stem}.${ending}.gz`];
  for (const name of names) {
    const path = join(folder, name);
    try {
      await access(path);
      return path;
    } catch {
      // Not under this name; what is missing under all of them is reported below.
    }
  }
  throw new DataError(
    'DATA_NOT_FOUND',
    `${folder}: expected the folder to hold one of ${names.join(', ')}, it has none of them`,
  );
}
