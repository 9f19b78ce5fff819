import { threadId } from 'node:worker_threads';
import type { ControlBlock } from './control-block.ts';
import { type ErrorRecord, toErrorRecord } from './error-record.ts';
import { AbortedError } from './errors.ts';

/** What a worker function returns to the pool: its value, or why there is none. Plain data. */
export type ReplicaResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false;
      /** Whether it only followed an abort, and is not itself the reason. */
      readonly aborted: boolean;
      readonly error: ErrorRecord;
    };

/** The task that this thread is in, for the exit handler. */
let current: { readonly control: ControlBlock; readonly rank: number } | undefined;
let watchesExit = false;

/**
 * Runs the work of one worker, in the thread that does it. Every function that a {@link ReplicaPool} runs wraps its body
 * in it:
 *
 *     export const step = (task: Task) => runReplicaTask(control, task.rank, () => { … collective.meet() … });
 *
 * An error is not thrown through the pool, where it would lose class, name and code, but recorded and returned; and the
 * others learn of it here, in microseconds, not from the main thread. The same goes for `process.exit`. Before it
 * returns, the event loop turns once, so that an error in asynchronous work that was left behind (a promise that nobody
 * handles, a `setImmediate`) fails the run that caused it.
 *
 * @param work May be asynchronous, but notices an abort only at a meeting, or where it calls `control.throwIfAborted()`.
 */
export async function runReplicaTask<Value>(
  control: ControlBlock,
  rank: number,
  work: () => Value | Promise<Value>,
): Promise<ReplicaResult<Value>> {
  control.recordThread(rank, threadId);
  current = { control, rank };
  if (!watchesExit) {
    // Emitted in this thread by `process.exit` and by an uncaught error, but not when it is terminated.
    process.once('exit', onExit);
    watchesExit = true;
  }
  try {
    control.throwIfAborted();
    const value = await work();
    await eventLoopTurn();
    return { ok: true, value };
  } catch (error) {
    const aborted = error instanceof AbortedError && control.aborted;
    if (!aborted) fail(control, rank);
    return { ok: false, aborted, error: toErrorRecord(error) };
  } finally {
    current = undefined;
  }
}

function fail(control: ControlBlock, rank: number): void {
  control.recordFailure(rank);
  control.raiseAbort();
}

function onExit(code: number): void {
  if (current === undefined) return;
  current.control.recordExit(current.rank, code);
  fail(current.control, current.rank);
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
