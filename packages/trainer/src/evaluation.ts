import type { ImageDataset } from '@lockstep/data';
import type { EvaluationData } from './setup.ts';

/** How a network does on a test set. */
export interface Evaluation {
  readonly samples: number;
  /** Share of right answers, in [0, 1]. */
  readonly accuracy: number;
  /** Mean cross-entropy. */
  readonly loss: number;
  /** confusion[true class][predicted class]: how many samples. */
  readonly confusion: readonly (readonly number[])[];
  /** The wrong answers, those with the largest loss first. */
  readonly mistakes: readonly Mistake[];
}

export interface Mistake {
  /** Which sample of the test set. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** What the network gave the true class, and the predicted one. */
  readonly probability: number;
  readonly predictedProbability: number;
  readonly loss: number;
}

/** The figures, from what the workers left for each sample; summed in the order of the samples. */
export function evaluationOf(
  { length, classes, labels }: ImageDataset,
  { losses, predicted, probabilities }: EvaluationData,
): Evaluation {
  const confusion = classes.map(() => classes.map(() => 0));
  const mistakes: Mistake[] = [];
  let loss = 0;
  for (let index = 0; index < length; index++) {
    const label = labels[index]!;
    const answer = predicted[index]!;
    loss += losses[index]!;
    confusion[label]![answer]!++;
    if (answer !== label) {
      mistakes.push({
        index,
        label,
        predicted: answer,
        probability: Math.exp(-losses[index]!),
        predictedProbability: probabilities[index]!,
        loss: losses[index]!,
      });
    }
  }
  return {
    samples: length,
    accuracy: (length - mistakes.length) / length,
    loss: loss / length,
    confusion,
    mistakes: mistakes.sort((a, b) => b.loss - a.loss || a.index - b.index),
  };
}
