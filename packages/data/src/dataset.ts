import type { DecodeOptions } from './decode.ts';
import { DataError } from './errors.ts';
import type { Normalisation } from './normalisation.ts';
import type { PictureSurvey } from './sources/survey.ts';

/**
 * Labelled pictures of one size, decoded, in shared memory: the cache that all threads read. A plain object, so posting
 * it to a worker thread copies the description and shares the pixels.
 */
export interface ImageDataset {
  readonly name: string;
  /** What the labels stand for; `labels` index it. */
  readonly classes: readonly string[];
  readonly height: number;
  readonly width: number;
  /** 1 grey, 3 RGB. */
  readonly channels: number;
  /** How many samples there are. */
  readonly length: number;
  /** u8 pixels, [length, height, width, channels], in shared memory; where the data set is {@link streamed}, [slots, …]. */
  readonly images: Uint8Array<SharedArrayBuffer>;
  /** Class index of each sample, in shared memory. */
  readonly labels: Int32Array<SharedArrayBuffer>;
  /**
   * What share of each sample every class has, [length, classes], in shared memory: where people disagree, or another network
   * has labelled. To be trained with in the place of the labels. Default: none.
   */
  readonly targets?: Float32Array<SharedArrayBuffer> | undefined;
  /** How picture files were brought to this size; not there where they had it already. New ones must be treated alike. */
  readonly fit?: DecodeOptions['fit'];
  readonly background?: DecodeOptions['background'];
  /** Where the pictures do not fit into memory: a {@link PictureStream} gets those that are needed. Default: all are there. */
  readonly streamed?: StreamedPictures | undefined;
  /** What `channelStatistics` would find, where that was found when the files were looked through. */
  readonly statistics?: Normalisation | undefined;
}

/** What there is to decode pictures from, one at a time. Plain data; threads that only read pictures can do without the sources. */
export interface StreamedPictures {
  /** The slot of `images` that each sample is in, −1 where it is in none. In shared memory. */
  readonly slots: Int32Array<SharedArrayBuffer>;
  /** How many pictures stay in memory; the others come and go. */
  readonly resident: number;
  /** Path of each sample's file, or the bytes of one. */
  readonly sources: readonly (string | Uint8Array)[];
  /** What messages call them. */
  readonly names: readonly string[];
  readonly limitInputPixels?: number | undefined;
  /** What looking through the files came to. */
  readonly survey: PictureSurvey;
}

/** What a data set is made of; images and labels may lie in any memory. */
export interface DatasetParts {
  readonly name: string;
  readonly classes: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** u8 pixels, [length, height, width, channels]. */
  readonly images: Uint8Array;
  /** Class index of each sample; with `targets`, the class that it is counted as. */
  readonly labels: ArrayLike<number>;
  /** What share of each sample every class has, [length, classes], each in [0, 1]. */
  readonly targets?: ArrayLike<number> | undefined;
}

/**
 * Makes a data set of arrays in memory. Images that already lie in shared memory are taken as they are, others copied.
 *
 * @throws DataError `DATA_MISMATCH` where labels, targets and pixels don't add up, `DATA_LABEL` where a label is no class, or a
 *   target no share
 */
export function createDataset(parts: DatasetParts): ImageDataset {
  const { name, classes, height, width, channels, images, labels, targets } = parts;
  const length = labels.length;
  if (length === 0 || images.length !== length * height * width * channels) {
    throw new DataError(
      'DATA_MISMATCH',
      `data set ${name}: expected ${height}×${width}×${channels} bytes of pixels for each of ${length} labels, and ` +
        `at least one label, got ${images.length} bytes`,
    );
  }
  return {
    name,
    classes: [...classes],
    height,
    width,
    channels,
    length,
    images: inSharedMemory(images),
    labels: sharedLabels(name, labels, classes.length),
    ...(targets && { targets: sharedTargets(name, targets, length, classes.length) }),
  };
}

/** What other threads need of a data set: they read pictures, and decode none. */
export const withoutSources = ({ streamed, ...dataset }: ImageDataset): ImageDataset => ({
  ...dataset,
  ...(streamed && { streamed: { ...streamed, sources: [], names: [] } }),
});

/**
 * Where in `images` the picture of a sample is, in pictures from its begin.
 *
 * @throws RangeError for one that is streamed, and that no {@link PictureStream} holds
 */
export function slotOf({ name, streamed }: Pick<ImageDataset, 'name' | 'streamed'>, index: number): number {
  if (!streamed) return index;
  const slot = streamed.slots[index]!;
  if (slot >= 0) return slot;
  throw new RangeError(
    `data set ${name}: expected the picture of sample ${index} in memory; have a PictureStream hold it`,
  );
}

/** @throws DataError `DATA_LABEL` where a label is no class */
export function sharedLabels(name: string, labels: ArrayLike<number>, classes: number) {
  const shared = new Int32Array(new SharedArrayBuffer(4 * labels.length));
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new DataError(
        'DATA_LABEL',
        `data set ${name}: expected labels in 0..${classes - 1}, got ${label} at sample ${i}`,
      );
    }
    shared[i] = label;
  }
  return shared;
}

function sharedTargets(name: string, targets: ArrayLike<number>, length: number, classes: number) {
  if (targets.length !== length * classes) {
    throw new DataError(
      'DATA_MISMATCH',
      `data set ${name}: expected targets of ${length}×${classes} shares, one for each sample and class, got ${targets.length}`,
    );
  }
  const shared = new Float32Array(new SharedArrayBuffer(4 * targets.length));
  for (let i = 0; i < targets.length; i++) {
    const share = targets[i]!;
    if (!(share >= 0 && share <= 1)) {
      throw new DataError(
        'DATA_LABEL',
        `data set ${name}: expected targets in [0, 1], got ${share} for class ${i % classes} at sample ${Math.floor(i / classes)}`,
      );
    }
    shared[i] = share;
  }
  return shared;
}

function inSharedMemory(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  if (bytes.buffer instanceof SharedArrayBuffer) {
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
