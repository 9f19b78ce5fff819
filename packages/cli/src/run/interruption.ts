import { exitCodes } from '../exit-codes.ts';

export type InterruptingSignal = keyof typeof exitCodes.signals;

export interface InterruptionOptions {
  /** Told of the first signal while a stop in good order is possible, and what is finished before it. */
  readonly onStopping: (signal: InterruptingSignal, underWay: string) => void;
  /** Told that the process ends now. */
  readonly onEnd: (signal: InterruptingSignal) => void;
  /** Default: `process.exit`. */
  readonly exit?: (code: number) => void;
}

/**
 * Ctrl-C and its kin. A command that can stop in good order says so by {@link stopInOrder}; then the first signal only asks
 * for it, and the second ends the process. Without, the first does.
 */
export class Interruption {
  readonly #options: InterruptionOptions;
  #controller: AbortController | undefined;
  #underWay = '';
  #signal: InterruptingSignal | undefined;

  constructor(options: InterruptionOptions) {
    this.#options = options;
  }

  /** Of the signal that came first; undefined if none did. */
  get exitCode(): number | undefined {
    return this.#signal && exitCodes.signals[this.#signal];
  }

  get signal(): InterruptingSignal | undefined {
    return this.#signal;
  }

  /** From now on the first signal aborts this. @param underWay what is finished before the end, for the message: `this step` */
  stopInOrder(underWay: string): AbortSignal {
    this.#underWay = underWay;
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  raise(signal: InterruptingSignal): void {
    const first = this.#signal === undefined;
    this.#signal ??= signal;
    if (first && this.#controller) {
      this.#options.onStopping(signal, this.#underWay);
      this.#controller.abort(signal);
      return;
    }
    this.#options.onEnd(signal);
    (this.#options.exit ?? process.exit)(exitCodes.signals[signal]);
  }
}
