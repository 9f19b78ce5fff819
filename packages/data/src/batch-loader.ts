import { availableParallelism } from 'node:os';
import { AskedThread } from './asked-thread.ts';
import type { BatchPart } from './batch-thread.ts';
import { type ImageDataset, withoutSources } from './dataset.ts';
import { DataError } from './errors.ts';
import type { ImageShape } from './image.ts';
import { channelStatistics, type Normalisation } from './normalisation.ts';
import { PictureStream } from './picture-stream.ts';
import { SampleLoader } from './sample-loader.ts';
import { balancedOrder, batchRanges, epochOrder, type Sampler } from './sampler.ts';
import type { TransformSpec } from './transforms/define.ts';

export interface BatchLoaderOptions {
  readonly dataset: ImageDataset;
  /** Samples of a batch; the last of an epoch may have fewer. */
  readonly batch: number;
  /** What is done to each picture. Default: nothing. */
  readonly transform?: TransformSpec | undefined;
  /** Default: that of the data set. */
  readonly normalisation?: Normalisation | undefined;
  /** In 0..2³² − 1. Default: 1. */
  readonly seed?: number | undefined;
  /** Default: 'shuffled'. */
  readonly sampler?: Sampler | undefined;
  /** Default: as many as there are cores. No bit depends on it. */
  readonly threads?: number | undefined;
}

/** Samples of an epoch, ready for a network. */
export interface Batch {
  /** [samples, height, width, channels], in shared memory; until the next batch is asked for. */
  readonly images: Float32Array<SharedArrayBuffer>;
  /** Class of each. */
  readonly labels: Int32Array;
  /** Which of the data set each is. */
  readonly samples: Uint32Array;
}

/** Batches that are made while another is in use. */
const batchesAhead = 2;

/**
 * Makes batches of augmented, normalised pictures in threads of its own, ahead of their use. Pictures of a streamed data set
 * are decoded on the way. A batch is a function of the options, the epoch and its place in it, whatever the number of threads.
 *
 * ```ts
 * await using loader = new BatchLoader({ dataset, batch: 128, transform: augmentPolicy('cifar') });
 * for await (const { images, labels } of loader.epoch(0)) train(images, labels);
 * ```
 */
export class BatchLoader {
  /** Of a sample. */
  readonly shape: ImageShape;
  /** Floats of a sample. */
  readonly sampleSize: number;
  readonly #options: {
    readonly dataset: ImageDataset;
    readonly batch: number;
    readonly seed: number;
    readonly sampler: Sampler;
  };
  readonly #threads: readonly AskedThread<BatchPart, null>[];
  /** One for each batch under way, and one for that in use. */
  readonly #buffers: readonly Float32Array<SharedArrayBuffer>[];
  #failure: Error | undefined;
  #epochs = 0;

  /** @throws TransformError, DataError, RangeError for options that do not fit together; no thread is running then */
  constructor(options: BatchLoaderOptions) {
    const { dataset, batch, transform = [], normalisation = channelStatistics(dataset) } = options;
    const { seed = 1, sampler = 'shuffled', threads = availableParallelism() } = options;
    this.#options = { dataset, batch, seed, sampler };
    if (!Number.isInteger(threads) || threads < 1) {
      throw new RangeError(`BatchLoader: expected a positive integer of threads, got ${threads}`);
    }
    batchRanges(dataset.length, batch); // checks the batch
    const forThreads = { dataset: withoutSources(dataset), transform, normalisation, seed };
    const { shape, sampleSize } = new SampleLoader(forThreads);
    this.shape = shape;
    this.sampleSize = sampleSize;
    this.#buffers = Array.from({ length: batchesAhead + 1 }, () => {
      return new Float32Array(new SharedArrayBuffer(4 * sampleSize * Math.min(batch, dataset.length)));
    });
    this.#threads = Array.from(
      { length: threads },
      () =>
        new AskedThread('batch-thread', forThreads, (what, cause) => {
          this.#fail(threadError(what, cause));
          return this.#failure!;
        }),
    );
  }

  /**
   * The batches of an epoch, from 0. One epoch at a time.
   *
   * @throws DataError for a picture that can no longer be decoded, `DATA_THREAD` for a thread that died; RangeError for a loader that is closed or in an epoch
   */
  async *epoch(epoch: number): AsyncGenerator<Batch> {
    if (this.#failure) throw this.#failure;
    if (this.#epochs > 0) throw new RangeError('BatchLoader: expected one epoch at a time, another has not ended');
    const { dataset, batch, seed, sampler } = this.#options;
    const { length, labels } = dataset;
    const order = sampler === 'balanced' ? balancedOrder({ labels, seed, epoch }) : epochOrder({ length, seed, epoch });
    const ranges = batchRanges(length, batch);
    const sampleAt = (position: number): number => order[position]!;
    await using stream = dataset.streamed && new PictureStream(dataset, { sampleAt, end: length });
    // The pictures of all batches under way must have slots.
    const ahead = stream ? Math.min(batchesAhead, Math.max(1, Math.floor(stream.capacity / batch))) : batchesAhead;
    const underWay: Promise<Batch>[] = [];
    let held: Promise<unknown> = Promise.resolve();
    const make = async (number: number): Promise<Batch> => {
      const { begin, end } = ranges[number]!;
      const oldest = ranges[Math.max(0, number - ahead + 1)]!.begin;
      // One after the other, since what is held next lets go of what came before.
      held = held.then(() => stream?.hold(oldest, end));
      await held;
      return await this.#make(order.slice(begin, end), epoch, this.#buffers[number % this.#buffers.length]!);
    };
    let next = 0;
    const fill = (): void => {
      while (underWay.length < ahead && next < ranges.length) {
        const made = make(next++);
        made.catch(() => {}); // told when its turn comes
        underWay.push(made);
      }
    };
    this.#epochs++;
    try {
      for (fill(); underWay.length > 0; ) {
        const first = await underWay.shift()!;
        fill();
        yield first;
      }
    } finally {
      await Promise.allSettled(underWay);
      this.#epochs--;
    }
  }

  /** Ends the threads; may be called again. */
  async close(): Promise<void> {
    this.#fail(new RangeError('BatchLoader: expected to be open, it has been closed'));
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Has each thread make its part of a batch. */
  async #make(samples: Uint32Array, epoch: number, buffer: Float32Array<SharedArrayBuffer>): Promise<Batch> {
    const { length } = samples;
    const parts = this.#threads.map((thread, i) => {
      const begin = Math.floor((i * length) / this.#threads.length);
      const end = Math.floor(((i + 1) * length) / this.#threads.length);
      const images = buffer.subarray(begin * this.sampleSize, end * this.sampleSize);
      return thread.ask({ samples: samples.slice(begin, end), epoch, images });
    });
    await Promise.all(parts);
    const images = buffer.subarray(0, length * this.sampleSize);
    return { images, labels: Int32Array.from(samples, (sample) => this.#options.dataset.labels[sample]!), samples };
  }

  /** Nothing is waited for any more. */
  #fail(error: Error): void {
    this.#failure ??= error;
    for (const thread of this.#threads) thread.fail(this.#failure);
  }
}

/** A thread that died: what it was to make is missing, and whether another would fare better nobody knows. */
function threadError(what: string, cause?: unknown): DataError {
  return new DataError(
    'DATA_THREAD',
    `BatchLoader: expected its threads to live until it is closed, one ${what}; make a new loader, with fewer threads if memory is short`,
    { cause },
  );
}
