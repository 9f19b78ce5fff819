/** What a network is evaluated on while it is trained: samples kept for validation, or the test set. */
export type EvaluatedSet = 'validation' | 'test';

/** Accuracy, a share in [0, 1], and mean cross-entropy of what an epoch is judged by: the validation samples, or the test set where there are none. */
export interface EpochFigures {
  readonly validationLoss?: number | undefined;
  readonly validationAccuracy?: number | undefined;
  readonly testLoss?: number | undefined;
  readonly testAccuracy?: number | undefined;
}

interface Figures {
  readonly loss: number;
  readonly accuracy: number;
}

/** Figures by the names of the set that they are of. */
export const namedFigures = (on: EvaluatedSet, { loss, accuracy }: Figures): EpochFigures =>
  on === 'test' ? { testLoss: loss, testAccuracy: accuracy } : { validationLoss: loss, validationAccuracy: accuracy };

/** The figures that an epoch is judged by; NaN where there are none. */
export function judgedFigures(epoch: EpochFigures): Figures & { readonly on: EvaluatedSet } {
  const { validationLoss, validationAccuracy, testLoss = Number.NaN, testAccuracy = Number.NaN } = epoch;
  return validationLoss === undefined || validationAccuracy === undefined
    ? { on: 'test', loss: testLoss, accuracy: testAccuracy }
    : { on: 'validation', loss: validationLoss, accuracy: validationAccuracy };
}
