import type { ResourceLimits, Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { ControlBlock } from './control-block.ts';
import { toErrorRecord } from './error-record.ts';
import { PoolBusyError, PoolDestroyedError, PoolUnusableError, RunAbortedError } from './errors.ts';
import { ReplicaRun } from './replica-run.ts';
import { ThreadLedger } from './thread-ledger.ts';
import { within } from './within.ts';
import { WorkerError } from './worker-error.ts';

export interface ReplicaPoolOptions {
  /** Shared with the workers: post its `data` in `workerData` or in the tasks. The pool has as many threads as it has workers. */
  readonly control: ControlBlock;
  /** The module whose exported functions {@link ReplicaPool.run} names. */
  readonly filename: URL;
  /** What every thread finds as `workerData`. */
  readonly workerData?: unknown;
  /** A worker that makes no progress for this long is taken to hang. Milliseconds; default a minute. */
  readonly hangTimeoutMs?: number;
  /** How long a thread may take to load its file. Milliseconds; default a minute. */
  readonly startTimeoutMs?: number;
  /** How long a worker may go on computing after an abort before its thread is ended. Milliseconds; default 250. */
  readonly graceMs?: number;
  /** How long a thread that was ended may take to exit before the pool gives up. Milliseconds; default 10 seconds. */
  readonly exitTimeoutMs?: number;
  /** Heap limits of each thread; `WebAssembly.Memory` and `SharedArrayBuffer` do not count. */
  readonly resourceLimits?: ResourceLimits;
}

export interface ReplicaRunOptions {
  /** Stops the run from outside; it then rejects with {@link RunAbortedError}. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * As many threads as there are workers, each of which gets one task of a run, so that the tasks can meet each other.
 * (In an ordinary pool two of them might be queued behind each other on one thread, and wait for ever.)
 *
 * Threads keep nothing that matters: which of them works for which rank may differ from run to run, and after a failure
 * some are new. What must last lies in shared memory.
 *
 * A failure of any kind (see `FailureKind`) ends the run for all workers, and the pool repairs itself before it reports:
 * no thread of the failed run is in a task or still on its way out, so nothing writes to shared memory any more; all
 * threads are there again; the barrier is reset. The caller decides whether to run again, from `control.commit` on.
 *
 * The main thread never blocks. An idle pool does not keep the process alive.
 */
export class ReplicaPool {
  readonly control: ControlBlock;
  readonly #options: Required<Omit<ReplicaPoolOptions, 'workerData' | 'resourceLimits' | 'control'>> &
    Pick<ReplicaPoolOptions, 'workerData' | 'resourceLimits'>;
  readonly #ledger = new ThreadLedger();
  #piscina: Piscina;
  /** The name of the run under way, from the moment it is asked for until it has been reported. */
  #running: string | undefined;
  #run: ReplicaRun | undefined;
  /** Settles when the run under way is over; never rejects. */
  #idle: Promise<unknown> = Promise.resolve();
  #destroyed: Promise<void> | undefined;
  #unusable: PoolUnusableError | undefined;
  /** An error of a thread that was in no task, until it is reported. */
  #idleError: unknown;
  #onChange: (() => void) | undefined;

  /** Starts the threads; they load their file while the caller goes on. */
  constructor({ control, ...options }: ReplicaPoolOptions) {
    this.control = control;
    this.#options = {
      hangTimeoutMs: 60_000,
      startTimeoutMs: 60_000,
      graceMs: 250,
      exitTimeoutMs: 10_000,
      ...options,
    };
    this.#piscina = this.#createPiscina();
  }

  /** Number of workers, and of threads. */
  get workers(): number {
    return this.control.workers;
  }

  /**
   * Runs the exported function `name` of the worker file in every thread, each with the task of one rank; the function
   * wraps its body in `runReplicaTask`. Resolves to the values by rank. What it costs: about 50 µs for two workers, plus
   * what posting the tasks takes.
   *
   * A run may fail after it has committed all its steps. So replay from `control.commit` also where that is already the
   * last: a task of no steps still has to gather what others committed.
   *
   * @param taskOf The task of a rank; it is posted, so plain data. Called for all ranks before any task starts.
   * @throws {WorkerError} A worker failed; the pool can be used again.
   * @throws {RunAbortedError} The signal was aborted; the pool can be used again.
   * @throws {PoolBusyError} A run is under way.
   * @throws {PoolDestroyedError} The pool was destroyed, also during the run.
   * @throws {PoolUnusableError} A thread could not be stopped.
   */
  async run<Value>(
    name: string,
    taskOf: (rank: number) => unknown,
    { signal }: ReplicaRunOptions = {},
  ): Promise<Value[]> {
    if (this.#destroyed !== undefined) throw new PoolDestroyedError(name);
    if (this.#unusable !== undefined) throw this.#unusable;
    if (this.#running !== undefined) throw new PoolBusyError(name, this.#running);
    if (signal?.aborted) throw new RunAbortedError(name, signal.reason);
    this.#running = name;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = promise;
    try {
      return (await this.#runToEnd(name, taskOf, signal)) as Value[];
    } finally {
      this.#run = undefined;
      this.#running = undefined;
      resolve();
    }
  }

  /** Ends the thread that works for a rank, as if from outside: for fault drills. Returns whether there was one. */
  terminate(rank: number): boolean {
    const threadId = this.control.threadId(rank);
    const worker = threadId === undefined ? undefined : this.#ledger.find(threadId);
    // It resolves when the thread has exited, which the ledger waits for too.
    void worker?.terminate();
    return worker !== undefined;
  }

  /** Stops what runs (it rejects with {@link PoolDestroyedError}) and ends all threads. May be called again; never rejects. */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#tearDown();
    return this.#destroyed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  async #runToEnd(name: string, taskOf: (rank: number) => unknown, signal: AbortSignal | undefined) {
    const tasks = Array.from({ length: this.workers }, (_, rank) => taskOf(rank));
    await this.#allIdle();
    this.#throwIdleError();
    if (this.#destroyed !== undefined) throw new PoolDestroyedError(name);
    if (signal?.aborted) throw new RunAbortedError(name, signal.reason);

    this.control.reset();
    this.#ledger.track(this.#piscina.threads);
    const run = new ReplicaRun(this.#piscina, this.control, this.#ledger, name, tasks, this.#options);
    this.#run = run;
    const stop = () => run.stop();
    signal?.addEventListener('abort', stop, { once: true });
    await run.settled;
    signal?.removeEventListener('abort', stop);

    if (run.values !== undefined) return run.values;
    const failure = this.#failureOf(run, name, signal);
    await this.#repair(failure);
    throw failure;
  }

  #failureOf(run: ReplicaRun, name: string, signal: AbortSignal | undefined): Error {
    if (run.failure !== undefined) return run.failure;
    return this.#destroyed !== undefined ? new PoolDestroyedError(name) : new RunAbortedError(name, signal?.reason);
  }

  /** After a failed run: nothing of it is left when this returns, and all threads are there. */
  async #repair(failure: Error): Promise<void> {
    this.#mustBeNone(await this.#ledger.departed(this.#piscina.threads, this.#options.exitTimeoutMs), failure);
    if (this.#destroyed === undefined) await this.#allIdle();
    // Of a thread that failed in consequence, or a replacement that failed to start: the failure stands for them.
    this.#idleError = undefined;
    this.control.reset();
  }

  /** Waits until there are exactly as many idle threads as workers; makes a new Piscina where that does not come about. */
  async #allIdle(): Promise<void> {
    const deadline = performance.now() + this.#options.startTimeoutMs;
    while (this.#destroyed === undefined) {
      const missing = this.workers - this.#piscina.threads.length;
      if (missing === 0 && this.#piscina.idleThreads === this.workers) return;
      // Piscina replaces a thread that ends, but stops doing so for good once a replacement fails to start.
      if (missing !== 0 || !(await this.#change(deadline - performance.now()))) {
        await this.#rebuild();
        return;
      }
    }
  }

  /** Whether the set of threads changed within a time. */
  async #change(timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onChange = resolve;
    return within(timeoutMs, promise);
  }

  async #rebuild(): Promise<void> {
    this.#mustBeNone(await this.#endThreads(this.#piscina));
    this.#piscina = this.#createPiscina();
  }

  /** Ends all threads of a Piscina, and waits until they have exited. Returns the numbers of those that did not. */
  async #endThreads(piscina: Piscina): Promise<number[]> {
    const { exitTimeoutMs } = this.#options;
    let stuck: number[];
    // More than once: a thread that was on its way out when Piscina was destroyed makes it start a new one as it exits.
    do {
      this.#ledger.track(piscina.threads);
      await within(exitTimeoutMs, piscina.destroy());
      stuck = await this.#ledger.departed([], exitTimeoutMs);
    } while (stuck.length === 0 && piscina.threads.length > 0);
    return stuck;
  }

  #mustBeNone(stuck: readonly number[], cause?: Error): void {
    if (stuck.length === 0) return;
    this.#unusable = new PoolUnusableError(
      `Thread ${stuck.join(', ')} was ended but did not exit within ${this.#options.exitTimeoutMs} ms, and may still ` +
        'write to the memory of its replica: resume from a checkpoint with new memories and a new pool',
      { cause },
    );
    throw this.#unusable;
  }

  #throwIdleError(): void {
    if (this.#idleError === undefined) return;
    const record = toErrorRecord(this.#idleError);
    this.#idleError = undefined;
    throw new WorkerError({ kind: 'uncaught', rank: -1, record });
  }

  async #tearDown(): Promise<void> {
    // Asynchronous from its first line on, so that `destroyed` is set before anybody wakes up.
    await Promise.resolve();
    this.#run?.stop();
    this.#onChange?.();
    await this.#idle;
    const stuck = await this.#endThreads(this.#piscina);
    // Nobody will run again, and be told.
    if (this.#idleError instanceof Error) process.emitWarning(this.#idleError);
    if (stuck.length > 0 && this.#unusable === undefined) {
      process.emitWarning(`Thread ${stuck.join(', ')} of a replica pool did not exit when the pool was destroyed`);
    }
  }

  #createPiscina(): Piscina {
    const { filename, workerData, resourceLimits } = this.#options;
    const piscina = new Piscina({
      filename: filename.href,
      minThreads: this.workers,
      maxThreads: this.workers,
      concurrentTasksPerWorker: 1,
      // Between tasks a thread goes back to its event loop instead of sleeping in Atomics.wait: errors of asynchronous
      // work come out, output is written, and it is not slower.
      atomics: 'disabled',
      recordTiming: false,
      workerData,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    const changed = () => {
      this.#ledger.track(piscina.threads);
      this.#onChange?.();
    };
    piscina.on('workerCreate', changed);
    piscina.on('workerDestroy', changed);
    // Without a listener it would end the process.
    piscina.on('error', (error: unknown) => {
      this.#idleError ??= error;
      changed();
    });
    this.#ledger.track(piscina.threads satisfies Worker[]);
    return piscina;
  }
}
