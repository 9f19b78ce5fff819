import type { ReportData } from './data.ts';

/** What became of one class's pictures, and what the network's answers of that class were worth. */
export interface ClassFigures {
  readonly index: number;
  /** Pictures of this class. */
  readonly actual: number;
  /** Pictures that the network took for this class. */
  readonly answered: number;
  readonly correct: number;
  /** `correct / actual`; undefined for a class without pictures. */
  readonly recall: number | undefined;
  /** `correct / answered`; undefined for a class that was never answered. */
  readonly precision: number | undefined;
}

/** Pictures of one class that were taken for another. */
export interface ConfusedPair {
  readonly actual: number;
  readonly predicted: number;
  readonly count: number;
  /** Of the pictures of the true class. */
  readonly share: number;
}

export interface ConfusionFigures {
  readonly total: number;
  readonly mistakes: number;
  readonly classes: readonly ClassFigures[];
  /** Every pair that was confused at all, the most frequent first; ties in class order. */
  readonly pairs: readonly ConfusedPair[];
}

/** Counts, recall, precision and confused pairs of a confusion matrix (row = true class, column = predicted). */
export function confusionFigures(confusion: ReportData['confusion']): ConfusionFigures {
  const answered = confusion.map((_, column) => confusion.reduce((sum, row) => sum + (row[column] ?? 0), 0));
  const classes = confusion.map((row, index): ClassFigures => {
    const actual = row.reduce((sum, count) => sum + count, 0);
    const correct = row[index] ?? 0;
    const answers = answered[index] ?? 0;
    return {
      index,
      actual,
      answered: answers,
      correct,
      recall: actual > 0 ? correct / actual : undefined,
      precision: answers > 0 ? correct / answers : undefined,
    };
  });
  const pairs = confusion.flatMap((row, actual) => {
    const total = classes[actual]?.actual ?? 0;
    return row.flatMap((count, predicted): ConfusedPair[] =>
      count > 0 && predicted !== actual ? [{ actual, predicted, count, share: count / total }] : [],
    );
  });
  pairs.sort((a, b) => b.count - a.count || a.actual - b.actual || a.predicted - b.predicted);
  const total = classes.reduce((sum, { actual }) => sum + actual, 0);
  return { total, mistakes: total - classes.reduce((sum, { correct }) => sum + correct, 0), classes, pairs };
}
