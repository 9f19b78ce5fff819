import { availableParallelism } from 'node:os';
import { COUNT, type ControlBlock, GENERATION } from './control-block.ts';
import { BarrierTimeoutError } from './errors.ts';

/** How a worker waits at a meeting. */
export interface BarrierOptions {
  /**
   * How long to look for the others before falling asleep, in microseconds. Default: 50 if every worker can have a core: where
   * batch norms meet a hundred times a step, that is longer than most waits, and falling asleep costs 18 on top of one. Else 0, since
   * a worker that spins then takes the core from the one it waits for.
   */
  readonly spinMicroseconds?: number;
  /**
   * How long to wait before {@link BarrierTimeoutError}, in milliseconds. Only a backstop, for where there is no watchdog
   * or it cannot run; keep it far above the watchdog's timeout. Default: 30 minutes.
   */
  readonly backstopMs?: number;
}

/**
 * The place where the workers of a run wait for each other, as seen by one of them.
 *
 * Ordering: whatever any worker wrote to any memory before it came to a meeting is seen by every worker that has left
 * it. That holds because each arrival is an atomic addition to one counter, which the last to arrive has read, and
 * because the last one's change of the generation is read by everyone who leaves.
 *
 * Cost, for two workers on two cores that come at the same time: 1.5 µs where they spin, 18 µs where they sleep.
 */
export class Barrier {
  readonly #control: ControlBlock;
  readonly #rank: number;
  readonly #spinMs: number;
  readonly #backstopMs: number;

  constructor(control: ControlBlock, rank: number, options: BarrierOptions = {}) {
    this.#control = control;
    this.#rank = rank;
    this.#spinMs = (options.spinMicroseconds ?? (control.workers <= availableParallelism() ? 50 : 0)) / 1000;
    this.#backstopMs = options.backstopMs ?? 30 * 60_000;
  }

  /**
   * Waits until all workers have called it. Never on the main thread, which may not sleep.
   *
   * @param onLast Run by the last to arrive, before anybody leaves: what it writes, all see. What it throws fails that
   * worker, and the others stay until the abort is raised.
   * @throws {AbortedError} The abort was raised before or while waiting.
   * @throws {BarrierTimeoutError} The backstop.
   */
  meet(onLast?: () => void): void {
    const control = this.#control;
    const { words } = control;
    // The generation before the abort flag: an abort raised between the two has changed the generation, which the wait
    // below then notices; one raised before the first is seen in the flag.
    const generation = Atomics.load(words, GENERATION);
    control.throwIfAborted();
    // Before the count: once the last one has opened the meeting, the watchdog must not find this worker missing.
    control.recordArrival(this.#rank, (generation + 1) | 0);
    if (Atomics.add(words, COUNT, 1) === control.workers - 1) {
      // The count is made ready for the next meeting before this one opens: nobody can come to the next one earlier.
      Atomics.store(words, COUNT, 0);
      onLast?.();
      // Added, not stored: an abort adds to it too.
      Atomics.add(words, GENERATION, 1);
      Atomics.notify(words, GENERATION);
    } else {
      this.#wait(generation);
    }
    control.throwIfAborted();
  }

  #wait(generation: number): void {
    const { words } = this.#control;
    const start = performance.now();
    if (!this.#spin(generation, start + this.#spinMs)) {
      // The wait compares the generation and falls asleep in one step, so a change in between is not missed. Two
      // timeouts in a row: where the whole process was stopped (by a debugger, say), the first one means nothing.
      for (let timeouts = 0; Atomics.load(words, GENERATION) === generation; ) {
        const woken = Atomics.wait(words, GENERATION, generation, this.#backstopMs / 2);
        if (woken === 'timed-out' && ++timeouts === 2) throw this.#timeout(generation, performance.now() - start);
      }
    }
    this.#control.addWaitedMs(this.#rank, performance.now() - start);
  }

  /** Whether the meeting opened before `end`. */
  #spin(generation: number, end: number): boolean {
    const { words } = this.#control;
    while (performance.now() < end) {
      // Reading the clock costs as much as several rounds, and each pause yields to a sibling hardware thread.
      for (let i = 0; i < 8; i++) {
        if (Atomics.load(words, GENERATION) !== generation) return true;
        Atomics.pause();
      }
    }
    return false;
  }

  #timeout(generation: number, waitedMs: number): BarrierTimeoutError {
    const meeting = (generation + 1) | 0;
    const ranks = Array.from({ length: this.#control.workers }, (_, rank) => rank);
    const missing = ranks.filter((rank) => this.#control.arrived(rank) !== meeting);
    return new BarrierTimeoutError(this.#rank, meeting, missing, waitedMs);
  }
}
