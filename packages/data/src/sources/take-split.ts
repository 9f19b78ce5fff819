import { DataError } from '../errors.ts';
import { stratifiedSplit, stratifiedSubset } from '../split.ts';
import { takeCount } from './limit.ts';
import { type LoadOptions, type Split, splits } from './source.ts';

/**
 * The samples of a split of data that comes without one: at random by the seed, class by class.
 *
 * @throws DataError `DATA_LIMIT` for shares that leave nothing to train on, or a split that has no sample
 */
export function takeSplit<T extends { readonly label: number }>(
  name: string,
  samples: readonly T[],
  { split, seed = 1, testShare = 0.2, validationShare = 0 }: LoadOptions,
): T[] {
  if (!(testShare >= 0 && validationShare >= 0 && testShare + validationShare < 1)) {
    throw new DataError(
      'DATA_LIMIT',
      `${name}: expected shares to test and to validate with of at least 0, and below 1 together, ` +
        `got ${testShare} and ${validationShare}`,
    );
  }
  const labels = samples.map(({ label }) => label);
  const shares = [1 - testShare - validationShare, validationShare, testShare];
  const indices = stratifiedSplit({ labels, shares, seed })[splits.indexOf(split)]!;
  if (indices.length === 0) {
    throw new DataError(
      'DATA_LIMIT',
      `${name}: the ${split} split has no sample, of ${samples.length} in all: give it a larger share, or more pictures`,
    );
  }
  return Array.from(indices, (index) => samples[index]!);
}

/** As many samples as the limit, of each class its share. @throws DataError `DATA_LIMIT` where there are fewer */
export function limitSamples<T extends { readonly label: number }>(
  name: string,
  samples: readonly T[],
  { limit, seed = 1 }: Pick<LoadOptions, 'limit' | 'seed'>,
): readonly T[] {
  const count = takeCount(name, limit, samples.length);
  if (count === samples.length) return samples;
  const labels = samples.map(({ label }) => label);
  return Array.from(stratifiedSubset(labels, count, seed), (index) => samples[index]!);
}

/**
 * The samples of a split, where each says to which it belongs, or none does. Without a test split that for validation is it,
 * as in a folder.
 *
 * @throws DataError `DATA_MISMATCH` where some don't say, `DATA_NOT_FOUND` for a split that no sample belongs to
 */
export function takeNamedSplit<T extends { readonly label: number; readonly split: Split | undefined }>(
  name: string,
  samples: readonly T[],
  options: LoadOptions,
): T[] {
  const without = samples.filter(({ split }) => split === undefined).length;
  if (without === samples.length) return takeSplit(name, samples, options);
  if (without > 0) {
    throw new DataError('DATA_MISMATCH', `${name}: expected a split for all ${samples.length} samples or for none, ${without} lack it`); // biome-ignore format: one line
  }
  const of = (split: Split): T[] => samples.filter((sample) => sample.split === split);
  const chosen = of(options.split);
  const instead = chosen.length === 0 && options.split === 'test' ? of('validation') : chosen;
  if (instead.length > 0) return instead;
  throw new DataError('DATA_NOT_FOUND', `${name}: expected samples of the ${options.split} split, there are none`);
}

/** The split that a word stands for: "train", "val", …; undefined for others. */
export function splitNamed(word: string): Split | undefined {
  if (/^train(ing)?$/i.test(word)) return 'train';
  if (/^(val|valid|validation)$/i.test(word)) return 'validation';
  return /^test(ing)?$/i.test(word) ? 'test' : undefined;
}
