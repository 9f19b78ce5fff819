import { availableParallelism } from 'node:os';
import { type ImageDataset, type StreamedPictures, slotOf } from './dataset.ts';
import { type DecodeOptions, decodeImage, decodeInto } from './decode.ts';
import { DataError } from './errors.ts';
import type { Image } from './image.ts';

/** Which pictures are needed when. */
export interface PictureStreamOptions {
  /** The sample at each position of a sequence, from 0. */
  readonly sampleAt: (position: number) => number;
  /** Where the sequence begins. Default: 0. */
  readonly begin?: number | undefined;
  /** Where it ends. Default: never. */
  readonly end?: number | undefined;
}

/** How many pictures are being decoded at a time: so that no core waits until this thread hears that it is done. */
const parallel = availableParallelism() + 2;

/** The `images` that a stream writes to. */
const taken = new WeakSet<object>();

/**
 * Decodes the pictures of a streamed data set into its slots ahead of their use, in the order of a sequence that is known
 * beforehand: some at a time, by threads of this package and of sharp; the calling thread only asks.
 *
 * Nothing is overwritten that is held: who reads a range of positions, in whatever thread, is told so by {@link hold}, and
 * the slots stay until the next call. Pictures that were in memory when the stream was made stay there.
 *
 * One data set has one stream at a time.
 */
export class PictureStream {
  /** The most positions that can be held. */
  readonly capacity: number;
  readonly #dataset: ImageDataset;
  readonly #streamed: StreamedPictures;
  readonly #sampleAt: (position: number) => number;
  readonly #end: number;
  /** Samples at positions tail … head: those that are held or have been asked for; a ring. */
  readonly #samples: Uint32Array;
  #tail: number;
  /** Positions before it are in memory. */
  #ready: number;
  #head: number;
  /** Of the samples between tail and head that are not in memory for good: at how many positions. */
  readonly #uses = new Map<number, number>();
  readonly #free: number[];
  /** What came of decoding a sample, where it failed. */
  readonly #failures = new Map<number, unknown>();
  readonly #underWay = new Set<Promise<void>>();
  #closed = false;
  #wake: () => void = () => {};

  /** @throws RangeError for a data set that is not streamed, or has a stream already */
  constructor(dataset: ImageDataset, { sampleAt, begin = 0, end = Number.POSITIVE_INFINITY }: PictureStreamOptions) {
    const { name, streamed, images, height, width, channels } = dataset;
    if (!streamed) throw new RangeError(`PictureStream: expected a streamed data set, got ${name}, which is in memory`);
    if (taken.has(images))
      throw new RangeError(`PictureStream: data set ${name} has a stream already: close that first`);
    taken.add(images);
    const free = new Set(Array.from({ length: images.length / (height * width * channels) }, (_, slot) => slot));
    for (const slot of streamed.slots) free.delete(slot);
    this.#free = [...free];
    this.#dataset = dataset;
    this.#streamed = streamed;
    this.#sampleAt = sampleAt;
    this.#end = end;
    this.capacity = free.size;
    this.#samples = new Uint32Array(free.size);
    this.#tail = this.#ready = this.#head = begin;
    this.#fill();
  }

  /**
   * Waits until the pictures at positions begin … end − 1 are in memory, where they stay until the next call; those before
   * `begin` may be overwritten from now on.
   *
   * @param signal ends the waiting
   * @returns up to which position they are there: `end` or later, unless the signal came before
   * @throws DataError for a picture that cannot be decoded, though it could be when the data was loaded; RangeError for
   *   positions that have been let go, more than {@link capacity}, or of no sample
   */
  async hold(begin: number, end: number, signal?: AbortSignal): Promise<number> {
    this.#checkOpen();
    if (begin < this.#tail || begin > this.#ready || end - begin > this.capacity || end > this.#end) {
      throw new RangeError(
        `PictureStream: expected at most ${this.capacity} positions from ${this.#tail} on, to ${this.#end}, got ${begin} to ${end}`,
      );
    }
    this.#release(begin);
    this.#fill();
    const wake = () => this.#wake();
    signal?.addEventListener('abort', wake);
    try {
      while (this.#ready < end && !signal?.aborted) {
        if (this.#ready < this.#head) this.#throwFailure(this.#samples[this.#ready % this.capacity]!);
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
        this.#checkOpen();
      }
    } finally {
      signal?.removeEventListener('abort', wake);
    }
    return this.#ready;
  }

  /** Ends the decoding, and lets go of all that it brought. Resolves when nothing writes to the slots any more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake();
    await Promise.all(this.#underWay);
    this.#release(this.#head);
    taken.delete(this.#dataset.images);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #release(begin: number): void {
    for (; this.#tail < begin; this.#tail++) {
      const sample = this.#samples[this.#tail % this.capacity]!;
      const uses = this.#uses.get(sample);
      if (uses === undefined) continue;
      if (uses > 1) {
        this.#uses.set(sample, uses - 1);
        continue;
      }
      this.#uses.delete(sample);
      const slot = this.#streamed.slots[sample]!;
      this.#streamed.slots[sample] = -1;
      if (slot >= 0) this.#free.push(slot);
    }
  }

  /** Asks for what comes next, as far as there are slots for it and cores to decode it. */
  #fill(): void {
    while (
      !this.#closed &&
      this.#underWay.size < parallel &&
      this.#head < this.#end &&
      this.#head - this.#tail < this.capacity
    ) {
      const sample = this.#sampleAt(this.#head);
      const uses = this.#uses.get(sample) ?? 0;
      const slot = this.#streamed.slots[sample];
      if (slot === undefined) {
        const { name, length } = this.#dataset;
        const text = `PictureStream: expected samples in 0..${length - 1} of data set ${name}, got ${sample} at position ${this.#head}`;
        this.#failures.set(sample >>> 0, new RangeError(text)); // as it is kept below
      } else if (uses > 0 || slot < 0) {
        if (uses === 0) this.#begin(sample);
        this.#uses.set(sample, uses + 1);
      }
      this.#samples[this.#head++ % this.capacity] = sample;
    }
    while (this.#ready < this.#head && this.#streamed.slots[this.#samples[this.#ready % this.capacity]!]! >= 0) {
      this.#ready++;
    }
    this.#wake();
  }

  #begin(sample: number): void {
    // Of as many slots as positions, one is free, since another position of a sample takes none.
    const work = this.#decode(sample, this.#free.pop()!).then(() => {
      this.#underWay.delete(work);
      this.#fill();
    });
    this.#underWay.add(work);
  }

  async #decode(sample: number, slot: number): Promise<void> {
    try {
      const { images } = this.#dataset;
      await decodeInto(...sampleSource(this.#dataset, sample), (bytes) =>
        images.subarray(slot * bytes, (slot + 1) * bytes),
      );
      // Others read it once they are told that it is held, by a message: that orders this before it.
      this.#streamed.slots[sample] = slot;
    } catch (error) {
      this.#free.push(slot);
      this.#failures.set(sample, error);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new RangeError('PictureStream: expected to be open, it has been closed');
  }

  #throwFailure(sample: number): void {
    const cause = this.#failures.get(sample);
    if (cause === undefined) return;
    if (!(cause instanceof DataError) || cause.code === 'DATA_THREAD') throw cause;
    const text = `${cause.message}; it could be when the data was loaded: leave the files as they are until the end`;
    throw new DataError(cause.code, text, { cause });
  }
}

/** The picture of a sample, of a data set in memory or of a streamed one. @throws DataError as `decodeImage` */
export async function pictureOf(dataset: ImageDataset, index: number): Promise<Image> {
  const { images, height, width, channels, streamed } = dataset;
  if (streamed && streamed.slots[index]! < 0) return await decodeImage(...sampleSource(dataset, index));
  const size = height * width * channels;
  const slot = slotOf(dataset, index);
  return { data: images.slice(slot * size, (slot + 1) * size), height, width, channels };
}

/** What `decodeImage` takes. */
function sampleSource(
  { height, width, channels, fit, background, streamed }: ImageDataset,
  index: number,
): [source: string | Uint8Array, options: DecodeOptions] {
  const { sources, names, limitInputPixels } = streamed!;
  const options = { height, width, channels, fit, background, limitInputPixels, name: names[index]! };
  return [sources[index]!, options];
}
