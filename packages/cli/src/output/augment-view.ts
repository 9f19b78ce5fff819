import type { AugmentProgress, AugmentSummary } from '@lockstep/data';
import { fit } from './fit.ts';
import { formatDuration } from './format.ts';
import type { Log } from './log.ts';
import type { Output } from './output.ts';

/** Milliseconds between two drawings of the live line; and between two plain lines where there is none. */
const liveMs = 100;
const plainMs = 10_000;
const barWidth = 20;

/** What `lockstep augment` shows of a run. */
export class AugmentView {
  readonly #output: Output;
  readonly #log: Pick<Log, 'warn'>;
  readonly #now: () => number;
  readonly #start: number;
  #shownAt: number;
  #warned = 0;

  constructor(output: Output, log: Pick<Log, 'warn'>, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#log = log;
    this.#now = now;
    this.#start = now();
    this.#shownAt = this.#start - (output.live ? liveMs : 0);
  }

  /** Shows how far it is; a picture that is left out is told of at once. */
  show(progress: AugmentProgress): void {
    for (const { error } of progress.broken.slice(this.#warned)) this.#log.warn(error.message);
    this.#warned = progress.broken.length;
    const now = this.#now();
    if (now - this.#shownAt < (this.#output.live ? liveMs : plainMs)) return;
    this.#shownAt = now;
    this.#output.event({ event: 'progress', ...counts(progress) });
    const { done, total, kept } = progress;
    const worked = done - kept;
    const seconds = (now - this.#start) / 1000;
    const filled = Math.floor((barWidth * done) / total);
    const parts = [
      `${done}/${total} pictures`,
      ...(this.#output.live ? [`[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}]`] : []),
      ...(worked > 0
        ? [`${(worked / seconds).toFixed(1)} pictures/s`, `${formatDuration(((total - done) * seconds) / worked)} left`]
        : []),
    ];
    if (this.#output.live) this.#output.drawLive(fit(parts, this.#output.width - 1));
    else this.#output.line(parts.join('  '));
  }

  /** Says what it came to. */
  end(summary: AugmentSummary, out: string, program: string): void {
    const { interrupted, written, done, total, kept, broken } = summary;
    this.#output.event({ event: interrupted ? 'interrupted' : 'done', written, ...counts(summary), out });
    this.#output.line(`${done} of ${total} pictures, ${written} results written to ${out}`);
    if (kept > 0) this.#output.line(`${kept} were done before, and kept`);
    if (broken.length > 0) this.#output.line(`${broken.length} left out, named above`);
    if (interrupted) this.#output.line(`the same command goes on: ${program} augment …`);
  }
}

const counts = ({ done, total, kept, broken }: AugmentProgress) => ({ done, total, kept, broken: broken.length });
