import { dressAs, type ErrorRecord } from './error-record.ts';

/**
 * How a worker failed.
 * - `throw`: its function threw; or the task could not be posted, or named no function.
 * - `uncaught`: an error outside the function: in asynchronous work, or while the thread loaded its file.
 * - `out-of-memory`: the thread reached its memory limit (`resourceLimits`, or V8's).
 * - `exit`: it called `process.exit`.
 * - `terminated`: its thread was ended from outside.
 * - `hang`: it made no progress for longer than the watchdog's timeout.
 */
export type FailureKind = 'throw' | 'uncaught' | 'out-of-memory' | 'exit' | 'terminated' | 'hang';

/** What a {@link WorkerError} is made from. */
export interface WorkerFailure {
  readonly kind: FailureKind;
  readonly rank: number;
  readonly threadId?: number | undefined;
  readonly record: ErrorRecord;
}

/**
 * A worker failed, and with it the run. Carries the *first* failure: where it was an error of the worker's, that error's
 * own `name`, `message`, `code`, `stack` and `cause` (an error without a code gets `ERR_REPLICA_FAILED`); else one that
 * says what happened, with the code `ERR_REPLICA_EXITED`, `ERR_REPLICA_TERMINATED` or `ERR_REPLICA_HUNG`.
 *
 * When it is thrown the pool is ready for the next run: read `control.commit`, and replay from there or give up.
 */
export class WorkerError extends Error {
  readonly code: string | number = 'ERR_REPLICA_FAILED';
  readonly kind: FailureKind;
  /** The worker that failed; −1 for a thread that failed between runs, when it worked for nobody. */
  readonly rank: number;
  /** Its thread, if it had begun. */
  readonly threadId: number | undefined;

  constructor({ kind, rank, threadId, record }: WorkerFailure) {
    super(record.message);
    this.kind = kind;
    this.rank = rank;
    this.threadId = threadId;
    dressAs(this, record);
  }
}
