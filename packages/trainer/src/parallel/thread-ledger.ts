import type { Worker } from 'node:worker_threads';
import { within } from './within.ts';

/** Remembers the threads of a pool for longer than the pool does: until they have exited. */
export class ThreadLedger {
  readonly #threads = new Map<Worker, { readonly id: number; readonly exited: Promise<void> }>();
  readonly #errors = new WeakSet();

  /** Takes note of threads that are alive. */
  track(workers: readonly Worker[]): void {
    for (const worker of workers) {
      // A thread that has exited already has no number any more.
      if (this.#threads.has(worker) || worker.threadId === -1) continue;
      const exited = new Promise<void>((resolve) => {
        worker.once('exit', () => {
          this.#threads.delete(worker);
          resolve();
        });
      });
      worker.on('error', (error: unknown) => {
        if (typeof error === 'object' && error !== null) this.#errors.add(error);
      });
      this.#threads.set(worker, { id: worker.threadId, exited });
    }
  }

  /** Whether this is an error that ended a thread, and not one that a task was rejected with for another reason. */
  endedThread(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#errors.has(error);
  }

  /** A living thread by its number. */
  find(threadId: number): Worker | undefined {
    for (const [worker, { id }] of this.#threads) if (id === threadId) return worker;
    return undefined;
  }

  /**
   * Waits until all threads that are not among `present` have exited: a terminated thread may write to shared memory
   * until then. Returns the numbers of those that had not after `timeoutMs`.
   */
  async departed(present: readonly Worker[], timeoutMs: number): Promise<number[]> {
    const gone = [...this.#threads].filter(([worker]) => !present.includes(worker));
    if (gone.length > 0) await within(timeoutMs, Promise.all(gone.map(([, { exited }]) => exited)));
    return gone.filter(([worker]) => this.#threads.has(worker)).map(([, { id }]) => id);
  }
}
