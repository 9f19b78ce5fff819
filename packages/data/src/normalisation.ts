import type { ImageDataset } from './dataset.ts';
import { DataError } from './errors.ts';

/** Mean and standard deviation of each channel, in units where black is 0 and white is 1. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * Mean and (biased) standard deviation of each channel over all pixels of a data set. The sums are integers and exact, so
 * the result does not depend on any order. MNIST's training set gives the well-known 0.1307 and 0.3081.
 */
export function channelStatistics(dataset: Pick<ImageDataset, 'images' | 'channels'>): Normalisation {
  const { images, channels } = dataset;
  const mean: number[] = [];
  const std: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const histogram = new Float64Array(256);
    for (let i = channel; i < images.length; i += channels) histogram[images[i]!]!++;
    let count = 0n;
    let sum = 0n;
    let squares = 0n;
    for (let value = 0; value < 256; value++) {
      const pixels = BigInt(histogram[value]!);
      count += pixels;
      sum += pixels * BigInt(value);
      squares += pixels * BigInt(value * value);
    }
    mean.push(Number(sum) / (255 * Number(count)));
    // E[v²] − E[v]² over a common denominator: nothing cancels, since these are integers.
    std.push(Math.sqrt(Number(count * squares - sum * sum)) / (255 * Number(count)));
  }
  return { mean, std };
}

/**
 * What each byte becomes, (v/255 − mean)/std, computed in double precision and rounded once.
 *
 * @returns [channels × 256]; byte v of channel c is at 256·c + v
 * @throws DataError `DATA_STATISTICS` where there are not as many deviations as means, or one is not positive
 */
export function normalisationTable({ mean, std }: Normalisation): Float32Array<ArrayBuffer> {
  if (mean.length === 0 || mean.length !== std.length) {
    throw new DataError(
      'DATA_STATISTICS',
      `normalisation: expected a mean and a std for each channel, got ${mean.length} means and ${std.length} stds`,
    );
  }
  const table = new Float32Array(256 * mean.length);
  for (let channel = 0; channel < mean.length; channel++) {
    const center = mean[channel]!;
    const scale = std[channel]!;
    if (!Number.isFinite(center) || !Number.isFinite(scale) || scale <= 0) {
      throw new DataError(
        'DATA_STATISTICS',
        `normalisation: expected a finite mean and a positive std for channel ${channel}, got ${center} and ${scale}; ` +
          'a channel with one value throughout has a std of 0: give it a std of 1',
      );
    }
    for (let value = 0; value < 256; value++) table[256 * channel + value] = (value / 255 - center) / scale;
  }
  return table;
}
