// logits, gradient and softmax [samples][classes]; losses, predicted and probabilities [samples].

/** e^z / Σ e^z of each row */
export function softmax(logits: ArrayLike<number>, classes: number): number[] {
  const rows = Array.from({ length: logits.length / classes }, (_, n) =>
    Array.from({ length: classes }, (_, c) => logits[n * classes + c]!),
  );
  return rows.flatMap((row) => {
    const maximum = Math.max(...row);
    const powers = row.map((z) => Math.exp(z - maximum));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  });
}

/**
 * loss = Σ t·(ln Σ e^z − z) with t = weights·((1 − labelSmoothing)·target + labelSmoothing/classes); gradient = softmax·Σ t − t.
 * Both of the sum over samples, not of the mean.
 *
 * @param targets a class index a sample, or a row of shares
 */
export function softmaxCrossEntropy(
  logits: ArrayLike<number>,
  targets: readonly (number | readonly number[])[],
  classes: number,
  { labelSmoothing = 0, weights }: { labelSmoothing?: number; weights?: ArrayLike<number> } = {},
): { losses: number[]; gradient: number[]; predicted: number[]; probabilities: number[] } {
  const all = softmax(logits, classes);
  const losses: number[] = [];
  const gradient: number[] = [];
  const predicted: number[] = [];
  targets.forEach((target, n) => {
    const row = Array.from({ length: classes }, (_, c) => logits[n * classes + c]!);
    const t = row.map((_, c) => {
      const share = typeof target === 'number' ? Number(target === c) : target[c]!;
      return (weights?.[c] ?? 1) * ((1 - labelSmoothing) * share + labelSmoothing / classes);
    });
    const maximum = Math.max(...row);
    const logSum = Math.log(row.reduce((sum, z) => sum + Math.exp(z - maximum), 0));
    losses.push(t.reduce((sum, share, c) => sum + (share && share * (logSum - (row[c]! - maximum))), 0));
    const total = t.reduce((sum, share) => sum + share, 0);
    gradient.push(...t.map((share, c) => all[n * classes + c]! * total - share));
    predicted.push(row.indexOf(maximum));
  });
  return { losses, gradient, predicted, probabilities: predicted.map((c, n) => all[n * classes + c]!) };
}
