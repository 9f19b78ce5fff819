import type { EpochFigures, EvaluatedSet } from '../epoch-figures.ts';

/** One picture as it came out of the data set: bytes in rows, then columns, then channels. */
export interface ReportPicture {
  /** `height · width · channels` bytes, 0 to 255. */
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** 1 is grey, 3 is RGB, 4 is RGBA; of any other number only the first (of 2) or the first three are shown. */
  readonly channels: number;
}

/** How the run ended. A figure that was never measured may be NaN; it is shown as a dash. */
export interface ReportSummary {
  /** Share of the test pictures classified correctly by the final weights, 0 to 1. */
  readonly testAccuracy: number;
  /** Mean cross-entropy over the test pictures, in nats. */
  readonly testLoss: number;
  /** Test accuracy after the best epoch, 0 to 1. */
  readonly bestTestAccuracy: number;
  /** Of the validation samples after the last epoch, where epochs were judged by those. */
  readonly validationAccuracy?: number | null | undefined;
  readonly validationLoss?: number | null | undefined;
  /** Epochs finished. */
  readonly epochs: number;
  readonly steps: number;
  readonly imagesPerSecond: number;
  /** Wall-clock time of the whole run. */
  readonly seconds: number;
  /** Trainable numbers in the network. */
  readonly parameters: number;
  readonly workers: number;
  readonly shards: number;
  /** Which build of the kernels ran. */
  readonly kernels: string;
  readonly weightsSha256: string;
}

/** One finished epoch. */
export interface ReportEpoch extends EpochFigures {
  /** Counts from 1. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** One training step. */
export interface ReportStep {
  readonly step: number;
  /** Epochs done when the step was: 0.5 is half-way through the first. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
}

/** A picture that the network got badly wrong. */
export interface ReportMistake {
  /** Position in the set that was evaluated. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Probability that the network gave to the true class. */
  readonly probability: number;
  /** Probability that it gave to the class it chose. */
  readonly predictedProbability: number;
  readonly loss: number;
  readonly image: ReportPicture;
}

/** Everything that a training report shows. Strings may hold anything: all of them are escaped. */
export interface ReportData {
  /** What was trained on what, for example "small-cnn on mnist". */
  readonly title: string;
  /** ISO 8601 date and time. */
  readonly created: string;
  readonly summary: ReportSummary;
  /** The finished epochs in order; may be empty. */
  readonly epochs: readonly ReportEpoch[];
  /** Every step in order; thousands are thinned for drawing. May be empty. */
  readonly steps: readonly ReportStep[];
  /** Name of each class. */
  readonly classes: readonly string[];
  /** What `confusion` and `worst` are of, and the headline. Default: 'test'. */
  readonly evaluated?: EvaluatedSet | undefined;
  /** Counts over that set: row = true class, column = predicted. Empty where nothing was evaluated. */
  readonly confusion: readonly (readonly number[])[];
  /** The worst mistakes, worst first. May be empty. */
  readonly worst: readonly ReportMistake[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly machine: Readonly<Record<string, string | number>>;
  /** Whether the run was stopped before its last step. */
  readonly interrupted: boolean;
  /** Command lines that go on from here, such as `lockstep eval --run …`. May be empty. */
  readonly nextCommands: readonly string[];
}

/** Data that cannot be what a run measured: says which field, what was expected, and what came. */
export class ReportDataError extends Error {
  override readonly name = 'ReportDataError';
  readonly code = 'ERR_REPORT_DATA';
}
