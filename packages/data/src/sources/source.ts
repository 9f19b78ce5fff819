import type { Dirent } from 'node:fs';
import type { ImageDataset } from '../dataset.ts';
import type { DecodeOptions } from '../decode.ts';
import { DataError } from '../errors.ts';
import type { PictureSurvey } from './survey.ts';

/** What is learnt from; what choices are made by; what is learnt tested on. */
export const splits = ['train', 'validation', 'test'] as const;
export type Split = (typeof splits)[number];

/** What to do about a picture that cannot be decoded. */
export const brokenPolicies = ['error', 'skip', 'report'] as const;

/** How picture files of any size become pictures of one. */
export interface PictureOptions {
  /** Pixels. Default: 64. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  /** 1 grey, 3 RGB (default). */
  readonly channels?: number | undefined;
  /** Default: 'cover', the shorter side has the size asked for, and the middle of the longer is taken. */
  readonly fit?: DecodeOptions['fit'];
  /** What shows through transparent parts, in 0..255 for each of R, G, B. Default: black. */
  readonly background?: DecodeOptions['background'];
  /** The most pixels that a file may have, against decompression bombs. Default: sharp's, 268,402,689. */
  readonly limitInputPixels?: number | undefined;
  /**
   * 'error' (default) ends the loading at the first picture that cannot be decoded and names it; 'report' looks at all and
   * ends with one error that names every one; 'skip' leaves them out, with a warning that counts and names them.
   */
  readonly onBroken?: (typeof brokenPolicies)[number] | undefined;
  /** The most bytes that the decoded pictures may take. Default: half of the machine's memory. */
  readonly memoryLimit?: number | undefined;
  /**
   * Has pictures above the limit decoded when they are needed, by a `PictureStream`, instead of refusing them; so many are
   * needed at a time. A batch must be within the limit; where there is room for more, eight are held for what comes next,
   * and the rest is for pictures that stay.
   */
  readonly stream?: { readonly batch: number } | undefined;
  /** What looking through the same files came to before (`streamed.survey`), which then need not be done again. */
  readonly survey?: PictureSurvey | undefined;
}

export interface LoadOptions extends PictureOptions {
  readonly split: Split;
  /**
   * Take only so many samples; a positive integer, not above what there is. The first ones of a file that has its own
   * order; of a folder per class so many of each class as its share. With a share for validation those to train on and
   * those to validate with are so many together. Default: all.
   */
  readonly limit?: number | undefined;
  /** Of the split, where the data comes without one. Default: 1. */
  readonly seed?: number | undefined;
  /** Share of each class to test with, where the data comes without a split. Default: 0.2. */
  readonly testShare?: number | undefined;
  /**
   * What there is to validate with: a share of each class of the training set, above 0 and below 1, by the seed, which is not
   * trained on then; or 'own', the validation set that the data comes with, which is not the test set then. Default: the same,
   * but it is the test set too where there is no other.
   */
  readonly validation?: number | 'own' | undefined;
  /** Ends the loading: it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told what was left out, and why. Default: `process.emitWarning`. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Told how far the decoding or the fetching is. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/** So many of `total` pictures have been decoded, or bytes fetched. */
export interface LoadProgress {
  readonly name: string;
  readonly unit: 'pictures' | 'bytes';
  readonly done: number;
  readonly total: number;
}

/** A data set that is known by name. */
export interface DatasetSource {
  readonly name: string;
  /** What it is, in a line. */
  readonly description: string;
  /** The folder that it is read from; undefined if it is not there yet. */
  locate(): Promise<string | undefined>;
  /** Gets it if it is not there. @returns the folder. @throws DataError where it cannot be had, saying what to do */
  fetch(options: Pick<LoadOptions, 'onProgress' | 'signal'>): Promise<string>;
  load(options: LoadOptions): Promise<ImageDataset>;
}

/** Files, or a folder of them, that a data set can be read from. */
export interface DatasetFormat {
  /** What it looks like, for the message where none does. */
  readonly description: string;
  /** @param entries what the folder at `path` holds; undefined for a file */
  recognises(path: string, entries: readonly Dirent[] | undefined): boolean;
  load(path: string, options: LoadOptions): Promise<ImageDataset>;
}

/** The error for a split that data with splits of its own does not have. */
export const noSplit = (name: string, split: Split): DataError =>
  new DataError(
    'DATA_NOT_FOUND',
    `${name}: expected a ${split} split, it has only train and test; a share of train can be kept for validation`,
  );

/**
 * Which of its own splits data is read for the one that is asked for: a share for validation is one of the training set; where
 * there is none to test with, that for validation is it, unless that is what training is validated with.
 */
export function splitToRead(
  { split, validation }: Pick<LoadOptions, 'split' | 'validation'>,
  has: (split: Split) => boolean,
): Split {
  if (split === 'validation' && typeof validation === 'number') return 'train';
  return split === 'test' && !has('test') && has('validation') && validation !== 'own' ? 'validation' : split;
}
