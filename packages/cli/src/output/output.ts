import { type Colors, colorsFor } from './colors.ts';

/** What {@link Output} writes to: `process.stdout`, or a stand-in. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Standard output. With `--json` it is one JSON object a line and nothing else: text is left out. Without, it is text, with
 * one live line at the end where there is a terminal.
 */
export class Output {
  readonly json: boolean;
  readonly colors: Colors;
  /** Whether there is a live line; else plain lines have to tell how things go. */
  readonly live: boolean;
  readonly #stream: OutputStream;
  #liveLine = '';

  constructor(stream: OutputStream, json: boolean) {
    this.#stream = stream;
    this.json = json;
    this.colors = colorsFor(stream);
    this.live = !json && stream.isTTY === true && process.env.TERM !== 'dumb';
  }

  /** Columns that a line may have; asked for anew each time, since a window changes. */
  get width(): number {
    return this.#stream.isTTY ? (this.#stream.columns ?? 80) : Number.POSITIVE_INFINITY;
  }

  /** A line of JSON, with `--json`. What is no number becomes null: JSON has no NaN. */
  event(event: Readonly<Record<string, unknown>>): void {
    if (this.json) this.#stream.write(`${JSON.stringify(event)}\n`);
  }

  /** A line of text, without `--json`. */
  line(text = ''): void {
    if (this.json) return;
    this.clearLive();
    this.#stream.write(`${text}\n`);
  }

  /**
   * Draws the live line over the one before.
   *
   * @param text shorter than `width`: a terminal that has written its last column is in two minds where it stands
   * @param coloured the same text with colours
   */
  drawLive(text: string, coloured = text): void {
    if (!this.live || text === this.#liveLine) return;
    this.#stream.write(`\r${coloured}\x1b[K`);
    this.#liveLine = text;
  }

  /** Takes the live line away, so that the cursor stands on a fresh line. */
  clearLive(): void {
    if (this.#liveLine === '') return;
    this.#stream.write('\r\x1b[K');
    this.#liveLine = '';
  }
}
