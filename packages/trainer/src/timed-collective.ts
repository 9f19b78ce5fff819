import { type Range, workerPart } from '@lockstep/core';
import {
  type ConsumeSum,
  type ReductionSpec,
  SharedCollective,
  type SharedCollectiveOptions,
  type TreeReduction,
} from './parallel/index.ts';

/** Where one worker's time went in its meetings and exchanges, since the beginning. All times in milliseconds. */
export interface WorkerTimes {
  readonly meetings: number;
  /** From its arrivals to those of the last: the spread of the workers. */
  readonly imbalanceMs: number;
  /** From the arrival of the last to its own leaving: what a meeting costs even where all come at the same time. */
  readonly barrierMs: number;
  /** Reductions: fetching the others' partials, adding them, and what is done with the sum while it is in the cache. */
  readonly reductionMs: number;
  /** Copies of what others wrote: parameters, rows of statistics. */
  readonly copyMs: number;
  /** Bytes read from other workers' memories, in reductions and copies. */
  readonly readBytes: number;
}

/** {@link WorkerTimes} of some workers as they travel to the threads. */
export type WorkerTimesData = Float64Array<SharedArrayBuffer>;

/** A cache line: each worker adds to its own, so that measuring does not slow down what is measured. */
const line = 8;
const fields = [
  'meetings',
  'imbalanceMs',
  'barrierMs',
  'reductionMs',
  'copyMs',
  'readBytes',
] as const satisfies readonly (keyof WorkerTimes)[];
/** When the last one arrived at the meeting under way. The workers' lines follow. */
const lastArrival = 0;

export const createWorkerTimes = (workers: number): WorkerTimesData =>
  new Float64Array(new SharedArrayBuffer((1 + workers) * line * 8));

/** Exact while no task is running. */
export function readWorkerTimes(data: WorkerTimesData, rank: number): WorkerTimes {
  const [meetings, imbalanceMs, barrierMs, reductionMs, copyMs, readBytes] = data.subarray((1 + rank) * line);
  return {
    meetings: meetings!,
    imbalanceMs: imbalanceMs!,
    barrierMs: barrierMs!,
    reductionMs: reductionMs!,
    copyMs: copyMs!,
    readBytes: readBytes!,
  };
}

/**
 * A collective that adds up where its worker's time goes, for benchmarks. A class of its own, so that the one that trains has
 * not even a test for it.
 *
 * The time that a worker waits is of two kinds, which have different cures: others come later, or all are there and the
 * meeting takes its time to open. To tell them apart, the last to arrive writes down when it came, before anybody leaves;
 * all read it once they have left. It is overwritten at the next meeting, for which all must have arrived, and so have read it.
 */
export class TimedCollective extends SharedCollective {
  readonly #data: WorkerTimesData;
  readonly #first: number;

  constructor(parts: SharedCollectiveOptions, data: WorkerTimesData) {
    super(parts);
    this.#data = data;
    this.#first = (1 + parts.rank) * line;
  }

  override meet(onLast?: () => void): void {
    const data = this.#data;
    const arrival = now();
    super.meet(() => {
      data[lastArrival] = arrival;
      onLast?.();
    });
    // The clock is read before the atomic arrival, so that the last by count may be the first by a hair.
    const last = Math.max(arrival, data[lastArrival]!);
    this.#add('imbalanceMs', last - arrival);
    this.#add('barrierMs', now() - last);
    this.#add('meetings', 1);
  }

  /** Also the copying of `gatherShardRows`, once all have met. */
  override copyShardRows(pointer: number, rowBytes: number, range: Range = { begin: 0, end: this.shards }): void {
    const start = now();
    super.copyShardRows(pointer, rowBytes, range);
    this.#add('copyMs', now() - start);
    const own = workerPart(this.rank, this.size, range);
    this.#add('readBytes', (range.end - range.begin - (own.end - own.begin)) * rowBytes);
  }

  override allGather(pointer: number, ranges: readonly Range[]): void {
    const start = now();
    super.allGather(pointer, ranges);
    this.#add('copyMs', now() - start);
    const floats = ranges.reduce((sum, { begin, end }, rank) => sum + (rank === this.rank ? 0 : end - begin), 0);
    this.#add('readBytes', floats * 4);
  }

  override prepareReduction(spec: ReductionSpec): TreeReduction {
    const reduction = super.prepareReduction(spec);
    const run = reduction.run.bind(reduction);
    reduction.run = (consume: ConsumeSum) => {
      const start = now();
      run(consume);
      this.#add('reductionMs', now() - start);
      this.#add('readBytes', reduction.fetchedBytes);
    };
    return reduction;
  }

  #add(field: keyof WorkerTimes, value: number): void {
    // No atomic: only the worker itself writes its line, and the main thread reads it when the task has ended.
    this.#data[this.#first + fields.indexOf(field)]! += value;
  }
}

/** Milliseconds by the clock that all threads share: `performance.now()` counts from each thread's own beginning. */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
