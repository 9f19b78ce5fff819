import { AbortedError, ParallelArgumentError } from './errors.ts';

/** A control block as it travels to the workers, in `workerData` or in a task. */
export interface ControlData {
  readonly buffer: SharedArrayBuffer;
  readonly workers: number;
}

/**
 * Words (Int32) are laid out so that what is written often has a cache line of its own (64 bytes, 16 words): otherwise
 * each arrival would take the generation, which all others spin on, out of their caches.
 */
const lineWords = 16;
/** How many workers have arrived at the meeting under way. */
export const COUNT = 0;
/** How many meetings have taken place, and aborts been raised. Waiters sleep on it. */
export const GENERATION = lineWords;
/** Beside the generation, as both are read together and written seldom. */
const ABORT = lineWords + 1;
const COMMIT = 2 * lineWords;
const STOP_REQUESTED = 2 * lineWords + 1;
const STOP_PUBLISHED = 2 * lineWords + 2;
const FIRST_FAILURE = 2 * lineWords + 3;
/** From here a cache line a worker, with the following words. */
const WORKER_LINES = 3 * lineWords;
const ARRIVED = 0;
const BEATS = 1;
const THREAD_ID = 2;
const EXIT_CODE = 3;
/** A Float64: words 4 and 5. */
const WAITED_MS = 4;

/** What {@link ControlBlock.firstFailure} holds when nobody failed and the run was stopped from outside. */
export const OUTSIDE = -2;

/**
 * What the workers of a run and the main thread tell each other besides data: the state of the barrier, the abort flag,
 * the last committed step, a request to stop, who failed first, and how far each worker has got.
 *
 * All fields are Int32 words of one `SharedArrayBuffer` and read and written with `Atomics`, which are sequentially
 * consistent: every thread sees all of them change in one same order, and whatever a thread wrote to any memory before
 * its atomic write is seen by a thread that has read that write.
 */
export class ControlBlock {
  readonly data: ControlData;
  readonly workers: number;
  /** The raw words, for the barrier, which waits on one of them. */
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly #waited: Float64Array<SharedArrayBuffer>;

  /** A view of the block that another thread created. */
  constructor(data: ControlData) {
    this.data = data;
    this.workers = data.workers;
    this.words = new Int32Array(data.buffer);
    this.#waited = new Float64Array(data.buffer);
  }

  /**
   * A new block, all zero.
   * @throws {ParallelArgumentError} `workers` is not a whole number above 0.
   */
  static create(workers: number): ControlBlock {
    if (!Number.isSafeInteger(workers) || workers < 1) {
      throw new ParallelArgumentError(`The number of workers must be a whole number of at least 1, not ${workers}`);
    }
    const words = WORKER_LINES + workers * lineWords;
    return new ControlBlock({ buffer: new SharedArrayBuffer(words * 4), workers });
  }

  // --- abort -------------------------------------------------------------------------------------------------------

  /** Whether the abort is raised: nobody will get past a meeting any more. */
  get aborted(): boolean {
    return Atomics.load(this.words, ABORT) !== 0;
  }

  /** Makes every worker that waits at a meeting, or comes to one, throw {@link AbortedError}. For any thread; may be repeated. */
  raiseAbort(): void {
    // The flag first: a worker that finds the generation changed looks at the flag next, and has to find it set.
    Atomics.store(this.words, ABORT, 1);
    // Then the generation: a waiter that has read the flag as clear, but is not asleep yet, compares the generation as
    // it falls asleep. Were it unchanged, the notification below would come before the sleep, and be lost.
    Atomics.add(this.words, GENERATION, 1);
    Atomics.notify(this.words, GENERATION);
  }

  /**
   * For long work between two meetings.
   * @throws {AbortedError} The abort is raised.
   */
  throwIfAborted(): void {
    if (this.aborted) throw new AbortedError();
  }

  /**
   * The worker that failed first, {@link OUTSIDE} if the run was stopped before anybody failed, or undefined. Others may
   * have failed since, as a consequence or by themselves.
   */
  get firstFailure(): number | undefined {
    const value = Atomics.load(this.words, FIRST_FAILURE);
    return value === 0 ? undefined : value - 1;
  }

  /** Records who failed, if nobody did before. Call it before {@link raiseAbort}. Returns whether this one was the first. */
  recordFailure(rank: number): boolean {
    // Compare-and-exchange: of several that fail at once exactly one wins.
    return Atomics.compareExchange(this.words, FIRST_FAILURE, 0, rank + 1) === 0;
  }

  // --- commit and stop ---------------------------------------------------------------------------------------------

  /**
   * How many steps are committed; the step to replay from after a failure. Stored by the last to arrive at the last
   * meeting of a step, before anybody leaves it: everything that the workers wrote before they arrived belongs to it.
   * Survives {@link reset}.
   */
  get commit(): number {
    return Atomics.load(this.words, COMMIT);
  }

  set commit(step: number) {
    Atomics.store(this.words, COMMIT, step);
  }

  /** Whether somebody, the main thread say, would like the workers to stop after the step. Survives {@link reset}. */
  get stopRequested(): boolean {
    return Atomics.load(this.words, STOP_REQUESTED) !== 0;
  }

  requestStop(): void {
    Atomics.store(this.words, STOP_REQUESTED, 1);
  }

  clearStop(): void {
    Atomics.store(this.words, STOP_REQUESTED, 0);
    Atomics.store(this.words, STOP_PUBLISHED, 0);
  }

  /**
   * Makes the request to stop, if there is one, known to all workers at the same meeting: call it as the last to arrive
   * (in `onLast`). A request may come at any time, so workers that read {@link stopRequested} themselves would disagree
   * on which step is the last.
   */
  publishStop(): void {
    Atomics.store(this.words, STOP_PUBLISHED, Atomics.load(this.words, STOP_REQUESTED));
  }

  /** Whether to stop, the same for all workers between the meeting that published it and the next one. */
  get stopPublished(): boolean {
    return Atomics.load(this.words, STOP_PUBLISHED) !== 0;
  }

  // --- progress of each worker -------------------------------------------------------------------------------------

  /** The number of the meeting that a worker arrived at last. */
  arrived(rank: number): number {
    return Atomics.load(this.words, this.#word(rank, ARRIVED));
  }

  /** Called by the barrier. */
  recordArrival(rank: number, meeting: number): void {
    Atomics.store(this.words, this.#word(rank, ARRIVED), meeting);
  }

  /** Whether a worker has arrived at a meeting that is still under way. */
  isWaiting(rank: number): boolean {
    // The arrival is read first: while its meeting is under way the worker cannot arrive at another, so a generation
    // that is still short of the arrival afterwards proves that it waits. The other way round the worker might have
    // gone on and arrived anew between the two reads.
    const arrived = this.arrived(rank);
    return arrived === ((Atomics.load(this.words, GENERATION) + 1) | 0);
  }

  /** Tells the watchdog that this worker is alive, in work that goes on for longer than its timeout without a meeting. */
  beat(rank: number): void {
    Atomics.add(this.words, this.#word(rank, BEATS), 1);
  }

  beats(rank: number): number {
    return Atomics.load(this.words, this.#word(rank, BEATS));
  }

  /** The thread that works for a rank since the last {@link reset}; undefined until it has begun. */
  threadId(rank: number): number | undefined {
    const id = Atomics.load(this.words, this.#word(rank, THREAD_ID));
    return id === 0 ? undefined : id;
  }

  recordThread(rank: number, threadId: number): void {
    Atomics.store(this.words, this.#word(rank, THREAD_ID), threadId);
  }

  /** The code with which the thread of a rank exited by itself since the last {@link reset}; undefined if it did not. */
  exitCode(rank: number): number | undefined {
    const code = Atomics.load(this.words, this.#word(rank, EXIT_CODE));
    return code === 0 ? undefined : code - 1;
  }

  recordExit(rank: number, code: number): void {
    Atomics.store(this.words, this.#word(rank, EXIT_CODE), code + 1);
  }

  /**
   * Milliseconds that a worker has waited for the others in meetings, over all runs. Exact between runs; while one is
   * under way it is what the worker had waited up to its last meeting, give or take.
   */
  waitedMs(rank: number): number {
    return this.#waited[this.#word(rank, WAITED_MS) / 2]!;
  }

  /** Called by the barrier. */
  addWaitedMs(rank: number, milliseconds: number): void {
    // No atomic: only the worker itself writes it, and an aligned Float64 is not torn.
    this.#waited[this.#word(rank, WAITED_MS) / 2]! += milliseconds;
  }

  // --- between runs ------------------------------------------------------------------------------------------------

  /**
   * Makes the barrier ready for a new run: nobody has arrived, nobody failed, no abort. Only while no thread is in a task
   * that uses the block: a worker still on its way out would count as arrived, or miss the abort. Keeps the
   * commit, the request to stop and the times waited.
   */
  reset(): void {
    Atomics.store(this.words, COUNT, 0);
    Atomics.store(this.words, FIRST_FAILURE, 0);
    Atomics.store(this.words, STOP_PUBLISHED, 0);
    const generation = Atomics.load(this.words, GENERATION);
    for (let rank = 0; rank < this.workers; rank++) {
      Atomics.store(this.words, this.#word(rank, ARRIVED), generation);
      Atomics.store(this.words, this.#word(rank, THREAD_ID), 0);
      Atomics.store(this.words, this.#word(rank, EXIT_CODE), 0);
    }
    Atomics.store(this.words, ABORT, 0);
  }

  #word(rank: number, field: number): number {
    return WORKER_LINES + rank * lineWords + field;
  }
}
