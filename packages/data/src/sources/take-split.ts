import { DataError } from '../errors.ts';
import { stratifiedSplit } from '../split.ts';
import { type LoadOptions, splits } from './source.ts';

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
