import { type EpochMetrics, judgedFigures, type RunFacts, type StepMetrics, type TrainEvent } from '@lockstep/trainer';
import type { InterruptingSignal } from '../run/interruption.ts';
import { fit } from './fit.ts';
import { formatCount, formatDuration, formatLoss, formatShare } from './format.ts';
import { LoadingView } from './loading.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';
import { runHeader } from './run-header.ts';
import { doneSummary, interruptedSummary } from './run-summary.ts';

type LastEvent = Extract<TrainEvent, { readonly event: 'done' | 'interrupted' }>;

/** Milliseconds between two drawings of the live line; and between two plain lines where there is none. */
const liveMs = 100;
const plainMs = 10_000;

/** What `lockstep train` shows of a run: on a terminal, in a log, or as JSON. */
export class TrainView {
  readonly #output: Output;
  readonly #program: string;
  readonly #now: () => number;
  readonly #loading: LoadingView;
  #facts: RunFacts | undefined;
  #progress: Progress | undefined;
  #shownAt = Number.NEGATIVE_INFINITY;
  #lastStepAt = 0;

  constructor(output: Output, program: string, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#program = program;
    this.#now = now;
    this.#loading = new LoadingView(output, now);
  }

  /** The run's folder, once it has begun. */
  get runDir(): string | undefined {
    return this.#facts?.runDir;
  }

  /** Shows what the run tells, but for its end, and warnings, which are not for standard output. */
  show(event: TrainEvent): void {
    if (event.event === 'start') this.#start(event);
    else if (event.event === 'step') this.#step(event);
    else if (event.event === 'epoch') this.#epoch(event);
    else if (event.event === 'test') this.#output.event({ ...event });
    else if (event.event === 'loading') this.#loading.show(event);
  }

  /** The last thing that is shown. */
  end(event: LastEvent, signal: InterruptingSignal | undefined): void {
    this.#output.event(event.event === 'interrupted' ? { ...event, signal } : { ...event });
    const summary = event.event === 'done' ? doneSummary : interruptedSummary;
    for (const line of summary(event, this.#facts, this.#program, this.#output.colors)) this.#output.line(line);
  }

  #start(event: RunFacts & { readonly event: 'start' }): void {
    this.#facts = event;
    this.#progress = new Progress(event);
    this.#output.event({ ...event });
    for (const line of runHeader(event, this.#output.colors)) this.#output.line(line);
    this.#shownAt = this.#now() - (this.#output.live ? liveMs : 0);
  }

  #step(step: StepMetrics): void {
    const progress = this.#progress;
    if (!progress) return;
    progress.step(step);
    this.#lastStepAt = this.#now();
    // Steps are told some at a time: the first of them is as good a moment as the last. A test takes a while without steps.
    const due = this.#lastStepAt - this.#shownAt >= (this.#output.live ? liveMs : plainMs);
    if (!due && !(this.#output.live && progress.testing)) return;
    this.#shownAt = this.#lastStepAt;
    const parts = progress.parts();
    if (this.#output.live) this.#drawLive(parts);
    else this.#output.line(parts.join('  '));
  }

  #drawLive(parts: readonly string[]): void {
    const text = fit(parts, this.#output.width - 1);
    const [first] = parts;
    this.#output.drawLive(text, text.replace(first!, this.#output.colors.cyan(first!)));
  }

  #epoch(epoch: EpochMetrics & { readonly event: 'epoch' }): void {
    this.#progress?.tested((this.#now() - this.#lastStepAt) / 1000);
    this.#output.event({ ...epoch });
    const { on, accuracy, loss } = judgedFigures(epoch);
    const parts = [
      `epoch ${epoch.epoch}/${this.#facts?.epochs ?? epoch.epoch}`,
      `${on} ${formatShare(accuracy)}, loss ${formatLoss(loss)}`,
      `train ${formatShare(epoch.trainAccuracy)}, loss ${formatLoss(epoch.trainLoss)}`,
      `${formatCount(epoch.imagesPerSecond)} images/s`,
      formatDuration(epoch.seconds),
    ];
    const { bold } = this.#output.colors;
    this.#output.line(fit(parts, this.#output.width).replace(parts[1]!, bold(parts[1]!)));
    this.#shownAt = this.#now() - (this.#output.live ? liveMs : 0);
  }
}
