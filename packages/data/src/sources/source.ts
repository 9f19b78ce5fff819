import type { ImageDataset } from '../dataset.ts';

/** What is learnt from, or what is learnt tested on. */
export type Split = 'train' | 'test';

export interface LoadOptions {
  readonly split: Split;
  /** Take only the first so many samples; a positive integer, not above what there is. Default: all. */
  readonly limit?: number | undefined;
}

/** A data set that is known by name. */
export interface DatasetSource {
  readonly name: string;
  /** What it is, in a line. */
  readonly description: string;
  load(options: LoadOptions): Promise<ImageDataset>;
}
