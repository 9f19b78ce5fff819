/** Base of the errors of this folder: each has a stable `code`. */
export abstract class ParallelError extends Error {
  abstract readonly code: string;
}

/** An argument that cannot work. The message says what was expected, what came, and where. */
export class ParallelArgumentError extends ParallelError {
  override readonly name = 'ParallelArgumentError';
  readonly code = 'ERR_PARALLEL_ARGUMENT';
}

/**
 * Raised in a worker that meets the others, or asks whether it should go on, after the abort was raised. It is never the
 * reason of a failure: somebody else's is, or a stop from outside. Let it pass; {@link runReplicaTask} knows it.
 */
export class AbortedError extends ParallelError {
  override readonly name = 'AbortedError';
  readonly code = 'ERR_PARALLEL_ABORTED';

  constructor() {
    super('The work of all workers was aborted: another worker failed, or the run was stopped from outside');
  }
}

/**
 * The backstop of the barrier: this worker waited for far longer than the watchdog of the main thread allows, so that
 * one must be off or blocked. The workers in `missing` never arrived.
 */
export class BarrierTimeoutError extends ParallelError {
  override readonly name = 'BarrierTimeoutError';
  readonly code = 'ERR_PARALLEL_BARRIER_TIMEOUT';
  readonly missing: readonly number[];

  constructor(rank: number, meeting: number, missing: readonly number[], waitedMs: number) {
    super(
      `Worker ${rank} waited ${(waitedMs / 1000).toFixed(0)} s at meeting ${meeting} for worker ${missing.join(', ')}: ` +
        'every worker has to meet as often as the others, and the main thread must not be blocked',
    );
    this.missing = missing;
  }
}

/** A second run while one is under way: two runs would share one barrier. */
export class PoolBusyError extends ParallelError {
  override readonly name = 'PoolBusyError';
  readonly code = 'ERR_REPLICA_POOL_BUSY';

  constructor(name: string, running: string) {
    super(
      `The replica pool was asked to run '${name}' while '${running}' is under way: await one run before the next one`,
    );
  }
}

/** The pool was destroyed, before this run or during it. */
export class PoolDestroyedError extends ParallelError {
  override readonly name = 'PoolDestroyedError';
  readonly code = 'ERR_REPLICA_POOL_DESTROYED';

  constructor(name: string) {
    super(`The replica pool was destroyed, so '${name}' did not run to its end: make a new pool to go on`);
  }
}

/**
 * A thread could not be stopped, and may still write to the memory of its replica: nothing can be replayed on it safely.
 * `cause` is the failure that came before. Make a new pool over new memories.
 */
export class PoolUnusableError extends ParallelError {
  override readonly name = 'PoolUnusableError';
  readonly code = 'ERR_REPLICA_POOL_UNUSABLE';
}

/** A run was stopped from outside by its `AbortSignal`; `cause` is the signal's reason. */
export class RunAbortedError extends ParallelError {
  override readonly name = 'RunAbortedError';
  readonly code = 'ERR_REPLICA_RUN_ABORTED';

  constructor(name: string, reason: unknown) {
    super(`'${name}' was stopped by its abort signal`, { cause: reason });
  }
}
