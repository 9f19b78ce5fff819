import { createDataset, type ImageDataset } from '../dataset.ts';
import { noSplit, splitToRead } from './source.ts';
import { divide, type TakeOptions } from './take-split.ts';

/**
 * The samples of a split of data that comes as arrays to train on and to test with.
 *
 * @param load reads as many of one of both as the limit says
 * @throws DataError `DATA_NOT_FOUND` for a validation set of its own; `DATA_LIMIT` where none is left to validate with
 */
export async function takeArrays(
  name: string,
  options: TakeOptions,
  load: (split: 'train' | 'test') => Promise<ImageDataset>,
): Promise<ImageDataset> {
  const split = splitToRead(options, (split) => split !== 'validation');
  if (split === 'validation') throw noSplit(name, split);
  const dataset = await load(split);
  const samples = Array.from(dataset.labels, (label, index) => ({ label, index }));
  const taken = divide(name, samples, options);
  if (taken === samples) return dataset;
  const size = dataset.images.length / dataset.length;
  const images = new Uint8Array(new SharedArrayBuffer(taken.length * size));
  for (const [i, { index }] of taken.entries()) {
    images.set(dataset.images.subarray(index * size, (index + 1) * size), i * size);
  }
  return createDataset({ ...dataset, images, labels: taken.map(({ label }) => label), targets: undefined });
}
