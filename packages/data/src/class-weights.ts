/**
 * A weight for each class, inverse to its frequency: N / (C · n), of N samples in all, n of the class, and C classes
 * (scikit-learn's "balanced"; King and Zeng, 2001), so that all classes count alike. A class without samples has 0.
 *
 * @param labels class of each sample, integers in 0..classes − 1
 * @throws RangeError where a label is none of the classes
 */
export function classWeights(labels: ArrayLike<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!(label in counts)) {
      throw new RangeError(`classWeights: expected labels in 0..${classes - 1}, got ${label} at sample ${i}`);
    }
    counts[label]!++;
  }
  return counts.map((count) => (count === 0 ? 0 : labels.length / (classes * count)));
}
