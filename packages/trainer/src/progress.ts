import type { EpochMetrics } from './run-metrics.ts';

/** The best epoch so far: the one with the highest test accuracy; of equals the one with the lowest loss, and the first. */
export interface BestEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Steps taken by then: the number of its checkpoint. */
  readonly step: number;
  readonly testAccuracy: number;
  readonly testLoss: number;
}

/** How far a run has got besides its steps; a part of every checkpoint, so that a run that goes on ends where it would have ended. */
export interface Progress {
  /** Epochs that have been evaluated. */
  readonly epochs: number;
  readonly best: BestEpoch | null;
}

export const initialProgress: Progress = { epochs: 0, best: null };

export function progressAfter({ best }: Progress, { epoch, steps, testAccuracy, testLoss }: EpochMetrics): Progress {
  const better =
    best === null ||
    testAccuracy > best.testAccuracy ||
    (testAccuracy === best.testAccuracy && testLoss < best.testLoss);
  return { epochs: epoch, best: better ? { epoch, step: steps, testAccuracy, testLoss } : best };
}

/** Whether there have been `patience` epochs without a better one. */
export const outOfPatience = ({ epochs, best }: Progress, patience: number | undefined): boolean =>
  patience !== undefined && best !== null && epochs - best.epoch >= patience;
