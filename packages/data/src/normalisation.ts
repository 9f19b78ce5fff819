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
export function channelStatistics({
  images,
  channels,
  statistics,
}: Pick<ImageDataset, 'images' | 'channels' | 'statistics'>): Normalisation {
  if (statistics) return statistics;
  const histogram = new ChannelHistogram(channels);
  histogram.add(images);
  return histogram.statistics();
}

/** Counts the values of pixels, picture by picture. */
export class ChannelHistogram {
  /** [channels][256] */
  readonly #counts: readonly Float64Array[];

  constructor(channels: number) {
    this.#counts = Array.from({ length: channels }, () => new Float64Array(256));
  }

  /** @param pixels of any number of pictures, channels interleaved */
  add(pixels: Uint8Array): void {
    for (const [channel, counts] of this.#counts.entries()) {
      for (let i = channel; i < pixels.length; i += this.#counts.length) counts[pixels[i]!]!++;
    }
  }

  /** Mean and deviation of what has been added. */
  statistics(): Normalisation {
    const channels = this.#counts.map(meanAndDeviation);
    return { mean: channels.map(({ mean }) => mean), std: channels.map(({ std }) => std) };
  }
}

function meanAndDeviation(counts: Float64Array): { readonly mean: number; readonly std: number } {
  let count = 0n;
  let sum = 0n;
  let squares = 0n;
  for (let value = 0; value < 256; value++) {
    const pixels = BigInt(counts[value]!);
    count += pixels;
    sum += pixels * BigInt(value);
    squares += pixels * BigInt(value * value);
  }
  return {
    mean: Number(sum) / (255 * Number(count)),
    // E[v²] − E[v]² over a common denominator: nothing cancels, since these are integers.
    std: Math.sqrt(Number(count * squares - sum * sum)) / (255 * Number(count)),
  };
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
