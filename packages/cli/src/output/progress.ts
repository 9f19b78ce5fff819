import type { RunFacts, StepMetrics } from '@lockstep/trainer';
import { formatDuration, formatShare } from './format.ts';

/** How a training is going, from its steps. */
export class Progress {
  readonly #facts: RunFacts;
  /** Steps seen by this process; a resumed run begins anew, on what may be another machine. */
  #seen = 0;
  /** Seconds a step takes. */
  #stepSeconds = 0;
  #step: number;
  #loss = 0;
  #accuracy = 0;
  #imagesPerSecond = 0;
  /** How long an evaluation takes; 0 until there was one. */
  #testSeconds = 0;

  constructor(facts: RunFacts) {
    this.#facts = facts;
    this.#step = facts.step;
  }

  /** Whether the last step was the last of its epoch, so that the test is under way. */
  get testing(): boolean {
    return this.#seen > 0 && this.#step % this.#epochSteps === 0;
  }

  step({ loss, accuracy, samples, imagesPerSecond, step }: StepMetrics): void {
    this.#seen++;
    this.#step = step + 1;
    // The mean of about the last fifty steps; at the beginning, of all but the first, in which the threads start.
    const share = Math.max(1 / Math.max(1, this.#seen - 1), 0.02);
    this.#stepSeconds += (samples / imagesPerSecond - this.#stepSeconds) * share;
    this.#loss += (loss - this.#loss) * share;
    this.#accuracy += (accuracy - this.#accuracy) * share;
    this.#imagesPerSecond += (imagesPerSecond - this.#imagesPerSecond) * share;
  }

  tested(seconds: number): void {
    this.#testSeconds = seconds;
  }

  /** Seconds that the training will still take. */
  get secondsLeft(): number {
    const { steps, epochs } = this.#facts;
    const tests = epochs - Math.floor(this.#step / this.#epochSteps) + (this.testing ? 1 : 0);
    return (steps - this.#step) * this.#stepSeconds + tests * this.#testSeconds;
  }

  /** What a line of progress says, most important first; all of it fits into 80 columns. */
  parts(): string[] {
    const { epochs } = this.#facts;
    const epoch = Math.min(epochs, Math.ceil(this.#step / this.#epochSteps) || 1);
    return [
      `epoch ${epoch}/${epochs}`,
      this.testing ? this.#testWord : `step ${this.#step}`,
      `loss ${this.#loss.toFixed(3)}`,
      `accuracy ${formatShare(this.#accuracy, 1)}`,
      `${Math.round(this.#imagesPerSecond)} images/s`,
      // The first step, in which the threads start, says nothing of the others.
      ...(this.#seen > 1 ? [`${formatDuration(this.secondsLeft).replace(' min', '')} left`] : []),
    ];
  }

  get #testWord(): string {
    return this.#facts.validationSamples === undefined ? 'testing' : 'validating';
  }

  get #epochSteps(): number {
    return this.#facts.steps / this.#facts.epochs;
  }
}
