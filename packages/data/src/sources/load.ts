import { stat } from 'node:fs/promises';
import type { ImageDataset } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { loadIdxFolder } from './idx-folder.ts';
import { mnist } from './mnist.ts';
import type { DatasetSource, LoadOptions } from './source.ts';

/** The data sets that are known by name: one line each. */
const sources: readonly DatasetSource[] = [mnist];

/** Names that `loadDataset` knows. */
export function datasetNames(): string[] {
  return sources.map(({ name }) => name);
}

/**
 * Loads a data set into shared memory.
 *
 * ```ts
 * const train = await loadDataset('mnist', { split: 'train', limit: 1000 });
 * ```
 *
 * @param nameOrPath one of `datasetNames()`, or the path of a folder with the four IDX files of MNIST and its kin
 * @throws DataError `DATA_UNKNOWN` for a name that is neither, `DATA_LIMIT`, and what reading the files throws
 */
export async function loadDataset(nameOrPath: string, options: LoadOptions): Promise<ImageDataset> {
  const { split, limit } = options;
  if (split !== 'train' && split !== 'test') {
    throw new DataError('DATA_UNKNOWN', `data set ${nameOrPath}: expected split to be train or test, got ${split}`);
  }
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) {
    throw new DataError(
      'DATA_LIMIT',
      `data set ${nameOrPath}: expected limit, the number of samples to take, to be a positive integer, got ${limit}`,
    );
  }
  const source = sources.find(({ name }) => name === nameOrPath);
  if (source !== undefined) return source.load(options);
  const folder = await stat(nameOrPath).catch(() => undefined);
  if (folder?.isDirectory()) return loadIdxFolder(nameOrPath, options);
  if (folder !== undefined) {
    throw new DataError('DATA_READ', `${nameOrPath}: expected a folder with IDX files, got a file; give its folder`);
  }
  if (/[/\\]/.test(nameOrPath)) {
    throw new DataError(
      'DATA_NOT_FOUND',
      `${nameOrPath}: expected a folder with IDX files, there is none; check the path`,
    );
  }
  throw new DataError(
    'DATA_UNKNOWN',
    `data set ${nameOrPath}: expected one of ${datasetNames().join(', ')}, or the path of a folder with IDX files; ` +
      'there is neither',
  );
}
