import type { ControlBlock } from './control-block.ts';
import { GENERATION } from './control-block.ts';

/** How patient the watchdog is. */
export interface WatchdogOptions {
  /** A worker that neither meets the others, nor waits for them, nor beats for this long hangs. Milliseconds. */
  readonly hangTimeoutMs: number;
  /** The same for a worker whose thread has not begun with the task: it may have to load its file first. */
  readonly startTimeoutMs: number;
}

/** A worker that keeps the others waiting for ever. */
export interface Hang {
  readonly rank: number;
  readonly message: string;
}

/**
 * Looks from the main thread whether all workers of a run make progress. The one that lags is found from the arrival
 * counters: the first to complain in a hang would be an innocent one that waits.
 *
 * Time counts only while the watchdog itself gets to run: where the whole process was stopped, or the main thread
 * blocked, a look counts for two intervals at most.
 */
export class Watchdog {
  readonly #control: ControlBlock;
  readonly #options: WatchdogOptions;
  readonly #isSettled: (rank: number) => boolean;
  readonly #onHang: (hang: Hang) => void;
  readonly #intervalMs: number;
  readonly #quietMs: number[];
  readonly #seen: string[];
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param isSettled Whether the task of a rank has ended. */
  constructor(
    control: ControlBlock,
    options: WatchdogOptions,
    isSettled: (rank: number) => boolean,
    onHang: (hang: Hang) => void,
  ) {
    this.#control = control;
    this.#options = options;
    this.#isSettled = isSettled;
    this.#onHang = onHang;
    this.#intervalMs = Math.max(5, Math.min(250, options.hangTimeoutMs / 8));
    this.#quietMs = new Array<number>(control.workers).fill(0);
    this.#seen = new Array<string>(control.workers).fill('');
  }

  start(): void {
    this.#last = performance.now();
    this.#timer = setInterval(() => this.#look(), this.#intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const elapsed = Math.min(now - this.#last, 2 * this.#intervalMs);
    this.#last = now;
    const hang = this.#unevenMeetings() ?? this.#lagging(elapsed);
    if (hang === undefined) return;
    this.stop();
    this.#onHang(hang);
  }

  /** Someone waits for a worker that has ended its task, and will never come. */
  #unevenMeetings(): Hang | undefined {
    const ranks = Array.from({ length: this.#control.workers }, (_, rank) => rank);
    const rank = ranks.find((rank) => this.#isSettled(rank));
    if (rank === undefined) return undefined;
    const waiting = ranks.filter((rank) => !this.#isSettled(rank) && this.#control.isWaiting(rank));
    if (waiting.length === 0) return undefined;
    return {
      rank,
      message:
        `Worker ${rank} has ended its task, but worker ${waiting.join(', ')} still waits for it at a meeting: ` +
        'every worker of a run has to meet as often as the others',
    };
  }

  #lagging(elapsed: number): Hang | undefined {
    const control = this.#control;
    for (let rank = 0; rank < control.workers; rank++) {
      const threadId = control.threadId(rank);
      // The generation too: a worker's time starts anew when the meeting that it waited at opens.
      const seen = `${threadId} ${control.arrived(rank)} ${control.beats(rank)} ${Atomics.load(control.words, GENERATION)}`;
      if (this.#isSettled(rank) || control.isWaiting(rank) || seen !== this.#seen[rank]) {
        this.#seen[rank] = seen;
        this.#quietMs[rank] = 0;
        continue;
      }
      this.#quietMs[rank]! += elapsed;
      const { hangTimeoutMs, startTimeoutMs } = this.#options;
      const limit = threadId === undefined ? Math.max(hangTimeoutMs, startTimeoutMs) : hangTimeoutMs;
      if (this.#quietMs[rank]! < limit) continue;
      const seconds = (this.#quietMs[rank]! / 1000).toFixed(1);
      const message =
        threadId === undefined
          ? `Worker ${rank} did not begin with its task in ${seconds} s: its thread may be stuck loading its file`
          : `Worker ${rank} (thread ${threadId}) made no progress for ${seconds} s after meeting ${control.arrived(rank)}. ` +
            'If its work between two meetings can take that long, raise hangTimeoutMs, or call control.beat(rank) in it';
      return { rank, message };
    }
    return undefined;
  }
}
