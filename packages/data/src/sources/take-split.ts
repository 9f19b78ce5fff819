import { DataError } from '../errors.ts';
import { stratifiedSplit, stratifiedSubset } from '../split.ts';
import { takeCount } from './limit.ts';
import { type LoadOptions, type Split, splitToRead } from './source.ts';

/** What of the options says which samples are taken. */
export type TakeOptions = Pick<LoadOptions, 'split' | 'limit' | 'seed' | 'testShare' | 'validation'>;

/**
 * The samples of a split of data that comes without one: at random by the seed, class by class.
 *
 * @throws DataError `DATA_LIMIT` for shares that leave nothing to train on, or a split that has no sample; `DATA_NOT_FOUND` for a
 *   validation set of its own
 */
export function takeSplit<T extends { readonly label: number }>(
  name: string,
  samples: readonly T[],
  options: TakeOptions,
): readonly T[] {
  const { split, seed = 1, testShare = 0.2, validation } = options;
  if (!(testShare >= 0 && testShare < 1)) {
    throw new DataError(
      'DATA_LIMIT',
      `${name}: expected a share to test with of at least 0 and below 1, got ${testShare}`,
    );
  }
  if (validation === 'own' || splitToRead(options, () => true) === 'validation') {
    throw new DataError(
      'DATA_NOT_FOUND',
      `${name}: expected a validation set of its own, it comes without splits; a share of it can be kept for validation`,
    );
  }
  const labels = samples.map(({ label }) => label);
  const [train, test] = stratifiedSplit({ labels, shares: [1 - testShare, testShare], seed });
  const indices = split === 'test' ? test! : train!;
  if (indices.length === 0) {
    throw new DataError(
      'DATA_LIMIT',
      `${name}: the ${split} split has no sample, of ${samples.length} in all: give it a larger share, or more pictures`,
    );
  }
  return limitAndDivide(name, at(samples, indices), options);
}

/**
 * The samples of a split, where each says to which it belongs, or none does. Without a test split that for validation is it,
 * as in a folder.
 *
 * @throws DataError `DATA_MISMATCH` where some don't say, `DATA_NOT_FOUND` for a split that no sample belongs to; and as
 *   `takeSplit`
 */
export function takeNamedSplit<T extends { readonly label: number; readonly split: Split | undefined }>(
  name: string,
  samples: readonly T[],
  options: TakeOptions,
): readonly T[] {
  const without = samples.filter(({ split }) => split === undefined).length;
  if (without === samples.length) return takeSplit(name, samples, options);
  if (without > 0) {
    throw new DataError('DATA_MISMATCH', `${name}: expected a split for all ${samples.length} samples or for none, ${without} lack it`); // biome-ignore format: one line
  }
  const of = (split: Split): T[] => samples.filter((sample) => sample.split === split);
  const chosen = of(splitToRead(options, (split) => of(split).length > 0));
  if (chosen.length > 0) return limitAndDivide(name, chosen, options);
  throw new DataError('DATA_NOT_FOUND', `${name}: expected samples of the ${options.split} split, there are none`);
}

/**
 * Of the samples of the split that is read as many as the limit, of each class its share; of them, as {@link divide}.
 *
 * @throws DataError `DATA_LIMIT` where there are fewer
 */
export function limitAndDivide<T extends { readonly label: number }>(
  name: string,
  samples: readonly T[],
  options: TakeOptions,
): readonly T[] {
  const { limit, seed = 1 } = options;
  const count = takeCount(name, limit, samples.length);
  if (count === samples.length) return divide(name, samples, options);
  const labels = samples.map(({ label }) => label);
  return divide(name, at(samples, stratifiedSubset(labels, count, seed)), options);
}

/**
 * Where a share of the training samples is for validation, those that are left to train on, or else those. Of a class with two
 * samples or more each has one at least; a single one is trained on.
 *
 * @throws DataError `DATA_LIMIT` where nothing would be left to validate with
 */
export function divide<T extends { readonly label: number }>(
  name: string,
  samples: readonly T[],
  { split, validation, seed = 1 }: TakeOptions,
): readonly T[] {
  if (split === 'test' || typeof validation !== 'number') return samples;
  const labels = samples.map(({ label }) => label);
  const [train, kept] = stratifiedSplit({ labels, shares: [1 - validation, validation], seed, round: 2 });
  if (kept!.length > 0) return at(samples, split === 'train' ? train! : kept!);
  throw new DataError(
    'DATA_LIMIT',
    `${name}: expected two training samples of a class at least, one of them to validate with, there is one of each: ` +
      'give it more, or leave out the share for validation',
  );
}

const at = <T>(samples: readonly T[], indices: Uint32Array): T[] => Array.from(indices, (index) => samples[index]!);

/** The split that a word stands for: "train", "val", …; undefined for others. */
export function splitNamed(word: string): Split | undefined {
  if (/^train(ing)?$/i.test(word)) return 'train';
  if (/^(val|valid|validation)$/i.test(word)) return 'validation';
  return /^test(ing)?$/i.test(word) ? 'test' : undefined;
}
