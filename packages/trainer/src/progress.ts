import { type EpochFigures, judgedFigures, namedFigures } from './epoch-figures.ts';
import type { EpochMetrics } from './run-metrics.ts';

/**
 * The best epoch so far: the one with the highest accuracy on the validation samples, or the test set where there are none; of equals
 * the one with the lowest loss, and the first.
 */
export interface BestEpoch extends EpochFigures {
  /** From 1. */
  readonly epoch: number;
  /** Steps taken by then: the number of its checkpoint. */
  readonly step: number;
}

/** How far a run has got besides its steps; a part of every checkpoint, so that a run that goes on ends where it would have ended. */
export interface Progress {
  /** Epochs that have been evaluated. */
  readonly epochs: number;
  readonly best: BestEpoch | null;
}

export const initialProgress: Progress = { epochs: 0, best: null };

export function progressAfter({ best }: Progress, { epoch, steps, ...figures }: EpochMetrics): Progress {
  const now = judgedFigures(figures);
  return { epochs: epoch, best: isBetter(now, best) ? { epoch, step: steps, ...namedFigures(now.on, now) } : best };
}

function isBetter({ accuracy, loss }: ReturnType<typeof judgedFigures>, best: BestEpoch | null): boolean {
  if (best === null) return true;
  const before = judgedFigures(best);
  return accuracy > before.accuracy || (accuracy === before.accuracy && loss < before.loss);
}

/** Whether there have been `patience` epochs without a better one. */
export const outOfPatience = ({ epochs, best }: Progress, patience: number | undefined): boolean =>
  patience !== undefined && best !== null && epochs - best.epoch >= patience;
