import type { LoadProgress } from '@lockstep/data';
import { fit } from './fit.ts';
import { formatBytes, formatCount, formatShare } from './format.ts';
import type { Output } from './output.ts';

/** Milliseconds between two drawings of the live line; and between two plain lines where there is none. */
const liveMs = 100;
const plainMs = 10_000;

/** Shows how far the loading or fetching of data is. Nothing is worth a line in a log that takes less than ten seconds. */
export class LoadingView {
  readonly #output: Output;
  readonly #now: () => number;
  #shownAt: number | undefined;

  constructor(output: Output, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  show({ name, unit, done, total }: LoadProgress): void {
    this.#shownAt ??= this.#output.live ? Number.NEGATIVE_INFINITY : this.#now();
    if (this.#now() - this.#shownAt < (this.#output.live ? liveMs : plainMs)) return;
    this.#shownAt = this.#now();
    const amounts =
      unit === 'bytes'
        ? `${formatBytes(done)} of ${formatBytes(total)}`
        : `${formatCount(done)} of ${formatCount(total)} pictures`;
    const parts = [`${unit === 'bytes' ? 'fetching' : 'loading'} ${name}`, formatShare(done / total, 0), amounts];
    if (this.#output.live) this.#output.drawLive(fit(parts, this.#output.width - 1));
    else this.#output.line(parts.join('  '));
  }
}
