import { type ImageDataset, PictureStream } from '@lockstep/data';
import { stepPositions, trainingOrder } from './epoch-order.ts';
import type { Recipe } from './setup.ts';

/**
 * Has the pictures of steps and of tests in memory before workers are given them, where a data set is streamed: so no worker ever
 * waits for one. What a task reads stays until the next one is asked for, also if it has to be done again.
 */
export class PictureSupply {
  /** How long steps have waited for pictures, in milliseconds. */
  waitedMs = 0;
  readonly #recipe: Recipe;
  readonly #train: ImageDataset;
  readonly #stop = new AbortController();
  #stream: PictureStream | undefined;

  /** Begins to decode what is needed first: so while the threads start. @param step the first that is to be taken */
  constructor(recipe: Recipe, train: ImageDataset, test: ImageDataset, step: number) {
    this.#recipe = recipe;
    this.#train = train;
    // What has one data set for both is not there to train.
    if (train.streamed && train.images !== test.images) {
      const { begin } = stepPositions(recipe, train, step);
      const end = recipe.epochs * train.length;
      if (begin < end) this.#stream = new PictureStream(train, { sampleAt: trainingOrder(recipe, train), begin, end });
    }
  }

  /**
   * Waits for the pictures of step `from`.
   *
   * @returns the end of the steps, up to `to`, whose pictures are there; `from` if it has been stopped
   * @throws DataError for a picture that can no longer be decoded
   */
  async steps(from: number, to: number): Promise<number> {
    if (!this.#stream) return to;
    const positions = (step: number) => stepPositions(this.#recipe, this.#train, step);
    const { begin, end } = positions(from);
    const start = performance.now();
    const ready = await this.#stream.hold(begin, end, this.#stop.signal);
    this.waitedMs += performance.now() - start;
    if (ready < end) return from;
    // While one half of the slots is read, the other is filled.
    const last = Math.min(ready, begin + this.#stream.capacity / 2);
    let steps = from + 1;
    while (steps < to && positions(steps).end <= last) steps++;
    return steps;
  }

  /** The parts of a data set to evaluate on, each of whole batches, one after the other as their pictures are there. */
  async *partsOf(dataset: ImageDataset): AsyncGenerator<{ readonly begin: number; readonly end: number }> {
    const { length, streamed } = dataset;
    if (!streamed) {
      yield { begin: 0, end: length };
      return;
    }
    await using stream = new PictureStream(dataset, { sampleAt: (position) => position, end: length });
    const { batch } = this.#recipe;
    for (let begin = 0; begin < length; ) {
      const ready = await stream.hold(begin, Math.min(length, begin + batch));
      const batches = Math.max(1, Math.floor(Math.min(ready - begin, stream.capacity / 2) / batch));
      const end = Math.min(length, begin + batches * batch);
      yield { begin, end };
      begin = end;
    }
  }

  /** Ends the waiting for steps, now and from now on. */
  stop(): void {
    this.#stop.abort();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#stream?.close();
  }
}
