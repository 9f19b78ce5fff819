import type { Piscina } from 'piscina';
import { type ControlBlock, OUTSIDE } from './control-block.ts';
import { type ErrorRecord, toErrorRecord } from './error-record.ts';
import { ParallelArgumentError } from './errors.ts';
import type { ReplicaResult } from './replica-task.ts';
import type { ThreadLedger } from './thread-ledger.ts';
import { type Hang, Watchdog, type WatchdogOptions } from './watchdog.ts';
import { WorkerError, type WorkerFailure } from './worker-error.ts';

/** How the task of one worker ended. */
type Outcome =
  | { readonly state: 'ok'; readonly value: unknown }
  /** It followed an abort. */
  | { readonly state: 'aborted' }
  | { readonly state: 'failed'; readonly record: ErrorRecord }
  /** Its thread ended, or the task never reached it. */
  | { readonly state: 'lost'; readonly reason: unknown }
  /** It did not follow an abort in time, so its thread was ended. */
  | { readonly state: 'killed' };

/** One run of a {@link ReplicaPool}: a task a worker, from dispatch until every one of them has settled. */
export class ReplicaRun {
  /** Resolves when all tasks have settled; never rejects. */
  readonly settled: Promise<void>;
  readonly #name: string;
  readonly #control: ControlBlock;
  readonly #ledger: ThreadLedger;
  readonly #graceMs: number;
  readonly #controllers: readonly AbortController[];
  readonly #outcomes: (Outcome | undefined)[];
  readonly #watchdog: Watchdog;
  #hang: Hang | undefined;
  #grace: NodeJS.Timeout | undefined;

  /** Starts one task a worker. The pool has as many idle threads, so that each task gets one at once. */
  constructor(
    piscina: Piscina,
    control: ControlBlock,
    ledger: ThreadLedger,
    name: string,
    tasks: readonly unknown[],
    options: WatchdogOptions & { readonly graceMs: number },
  ) {
    this.#name = name;
    this.#control = control;
    this.#ledger = ledger;
    this.#graceMs = options.graceMs;
    this.#controllers = tasks.map(() => new AbortController());
    this.#outcomes = tasks.map(() => undefined);
    const isSettled = (rank: number) => this.#outcomes[rank] !== undefined;
    this.#watchdog = new Watchdog(control, options, isSettled, (hang) => this.#onHang(hang));
    this.#watchdog.start();
    this.settled = this.#dispatch(piscina, tasks);
  }

  /** Stops the run from outside: workers leave at the next meeting, or are ended after the grace time. */
  stop(): void {
    this.#control.recordFailure(OUTSIDE);
    this.#windDown();
  }

  /** The values by rank, if all workers returned one. After {@link settled}. */
  get values(): readonly unknown[] | undefined {
    const values = this.#outcomes.flatMap((outcome) => (outcome?.state === 'ok' ? [outcome.value] : []));
    return values.length === this.#outcomes.length ? values : undefined;
  }

  /** The first failure; undefined if no worker failed before the run was stopped from outside. After {@link settled}. */
  get failure(): WorkerError | undefined {
    const rank = this.#control.firstFailure;
    if (rank === undefined || rank === OUTSIDE) return undefined;
    return new WorkerError({ ...this.#describe(rank), rank, threadId: this.#control.threadId(rank) });
  }

  async #dispatch(piscina: Piscina, tasks: readonly unknown[]): Promise<void> {
    await Promise.all(
      tasks.map(async (task, rank) => {
        const { signal } = this.#controllers[rank]!;
        try {
          this.#settle(rank, outcomeOf(await piscina.run(task, { name: this.#name, signal }), this.#name));
        } catch (reason) {
          this.#settle(rank, signal.aborted ? { state: 'killed' } : { state: 'lost', reason });
        }
      }),
    );
    this.#watchdog.stop();
    clearTimeout(this.#grace);
  }

  #settle(rank: number, outcome: Outcome): void {
    this.#outcomes[rank] = outcome;
    if (outcome.state === 'ok') return;
    // A worker that returned has recorded itself; one that is lost may not have been able to.
    if (outcome.state === 'lost' || outcome.state === 'failed') this.#control.recordFailure(rank);
    this.#windDown();
  }

  #onHang(hang: Hang): void {
    this.#control.recordFailure(hang.rank);
    this.#hang = hang;
    this.#windDown();
  }

  /** Raises the abort, and after the grace time ends the threads of those that did not follow it. */
  #windDown(): void {
    if (this.#grace !== undefined) return;
    this.#watchdog.stop();
    this.#control.raiseAbort();
    this.#grace = setTimeout(() => {
      this.#controllers.forEach((controller, rank) => {
        if (this.#outcomes[rank] === undefined) controller.abort();
      });
    }, this.#graceMs);
  }

  #describe(rank: number): Pick<WorkerFailure, 'kind' | 'record'> {
    const outcome = this.#outcomes[rank];
    if (this.#hang?.rank === rank) {
      return { kind: 'hang', record: occurrence('ERR_REPLICA_HUNG', this.#hang.message) };
    }
    if (outcome?.state === 'failed') return { kind: 'throw', record: outcome.record };
    const worker = `Worker ${rank} (thread ${this.#control.threadId(rank) ?? 'not begun'})`;
    const code = this.#control.exitCode(rank);
    if (outcome?.state === 'lost') {
      const record = toErrorRecord(outcome.reason);
      if (record.code === 'ERR_WORKER_OUT_OF_MEMORY') return { kind: 'out-of-memory', record };
      if (this.#ledger.endedThread(outcome.reason)) return { kind: 'uncaught', record };
      // So Piscina 5 words the exit of a thread.
      if (!record.message.startsWith('worker exited with code')) return { kind: 'throw', record };
    }
    if (code !== undefined) {
      const message = `${worker} called process.exit(${code}) in '${this.#name}': throw an error instead, so that it can be reported`;
      return { kind: 'exit', record: occurrence('ERR_REPLICA_EXITED', message) };
    }
    return {
      kind: 'terminated',
      record: occurrence('ERR_REPLICA_TERMINATED', `${worker} was terminated from outside in '${this.#name}'`),
    };
  }
}

/** The record of something that happened to a worker, rather than an error of its own. */
function occurrence(code: string, message: string): ErrorRecord {
  return { name: 'WorkerError', message, code };
}

function outcomeOf(result: unknown, name: string): Outcome {
  if (!isReplicaResult(result)) {
    const message = `'${name}' must return what runReplicaTask returns, not ${typeof result}: wrap its body in runReplicaTask`;
    return { state: 'failed', record: toErrorRecord(new ParallelArgumentError(message)) };
  }
  if (result.ok) return { state: 'ok', value: result.value };
  return result.aborted ? { state: 'aborted' } : { state: 'failed', record: result.error };
}

function isReplicaResult(result: unknown): result is ReplicaResult<unknown> {
  return typeof result === 'object' && result !== null && 'ok' in result && typeof result.ok === 'boolean';
}
