import { Generator } from '@lockstep/core';
import { type ImageDataset, slotOf } from './dataset.ts';
import { DataError } from './errors.ts';
import { copyBytes, type ImageShape } from './image.ts';
import { type Normalisation, normalisationTable } from './normalisation.ts';
import { normalise, withKernelMemory } from './run-kernel.ts';
import { createTransform } from './transforms/create.ts';
import type { JsonValue, Transform, TransformSpec } from './transforms/define.ts';

/** All that a worker thread needs to make its samples; plain data, to be posted to it. */
export interface SampleLoaderOptions {
  readonly dataset: ImageDataset;
  /** What is done to each picture; `[]` for nothing. */
  readonly transform: TransformSpec;
  /** A mean and a std for each channel. */
  readonly normalisation: Normalisation;
  /** Seed of the run, in 0..2³² − 1. */
  readonly seed: number;
}

/**
 * Makes the samples of batches: augmented, normalised, as floats. A sample is a function of seed, epoch and its index in
 * the data set alone: not of the worker that makes it, nor of the order.
 *
 * One loader belongs to one thread.
 */
export class SampleLoader {
  /** Of a sample: what the transform gives. */
  readonly shape: ImageShape;
  /** Floats of a sample: height × width × channels. */
  readonly sampleSize: number;
  readonly #dataset: ImageDataset;
  /** Bytes of a picture of the data set. */
  readonly #pixels: number;
  readonly #seed: number;
  readonly #table: Float32Array;
  /** What is done to the pictures; undefined where nothing is. */
  readonly #transform: Transform | undefined;

  /**
   * @throws TransformError where the transform is not valid
   * @throws DataError `DATA_STATISTICS` where the normalisation is not for as many channels as the pictures have
   */
  constructor({ dataset, transform, normalisation, seed }: SampleLoaderOptions) {
    const built = createTransform(transform);
    const { height, width, channels } = built.outputShape(dataset);
    this.shape = { height, width, channels };
    if (normalisation.mean.length !== channels) {
      throw new DataError(
        'DATA_STATISTICS',
        `data set ${dataset.name}: expected normalisation for ${channels} channels, got ${normalisation.mean.length}`,
      );
    }
    this.sampleSize = height * width * channels;
    this.#dataset = dataset;
    this.#pixels = dataset.height * dataset.width * dataset.channels;
    this.#seed = seed;
    this.#table = normalisationTable(normalisation);
    this.#transform = Array.isArray(transform) && transform.length === 0 ? undefined : built;
  }

  /**
   * Writes sample `index`, as epoch `epoch` sees it, to out[offset…offset + sampleSize): [height, width, channels], each
   * channel with the mean and deviation of the normalisation taken out.
   *
   * @throws RangeError where there is no such sample, its picture is not in memory now, or there is no room for it
   */
  load(index: number, epoch: number, out: Float32Array, offset: number): void {
    const { images } = this.#dataset;
    const size = this.sampleSize;
    this.#checkIndex(index);
    const slot = slotOf(this.#dataset, index);
    if (!Number.isInteger(offset) || offset < 0 || offset + size > out.length) {
      throw new RangeError(
        `SampleLoader: expected room for ${size} floats at ${offset}, got ${out.length} floats in all`,
      );
    }
    const transform = this.#transform;
    if (transform === undefined) {
      normalise(images, slot * size, this.shape, this.#table, out, offset);
      return;
    }
    const { height, width, channels } = this.#dataset;
    withKernelMemory([this.#pixels, size], ([picture, result]) => {
      copyBytes(images, slot * this.#pixels, picture!, 0, this.#pixels);
      const input = { data: picture!, height, width, channels };
      transform.apply(input, this.sampledParameters(index, epoch), { ...this.shape, data: result! });
      normalise(result!, 0, this.shape, this.#table, out, offset);
    });
  }

  /**
   * What chance decides for sample `index` in epoch `epoch`: plain data, with which `Transform.apply` gives the picture
   * again. Null where there is no transform.
   *
   * @throws RangeError where there is no such sample
   */
  sampledParameters(index: number, epoch: number): JsonValue {
    this.#checkIndex(index);
    if (this.#transform === undefined) return null;
    const generator = new Generator({ seed: this.#seed, purpose: 'augmentation', epoch, position: index });
    return this.#transform.sample(generator, this.#dataset);
  }

  #checkIndex(index: number): void {
    const { name, length } = this.#dataset;
    if (Number.isInteger(index) && index >= 0 && index < length) return;
    throw new RangeError(`SampleLoader: expected an index in 0..${length - 1} of data set ${name}, got ${index}`);
  }
}
