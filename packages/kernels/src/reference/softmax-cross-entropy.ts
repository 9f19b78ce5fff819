// logits, gradient and softmax [samples][classes]; labels, losses, predicted and probabilities [samples].

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

/** loss = ln Σ e^z − z[label]; gradient = softmax − one-hot. Both of the sum over samples, not of the mean. */
export function softmaxCrossEntropy(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): { losses: number[]; gradient: number[]; predicted: number[]; probabilities: number[] } {
  const all = softmax(logits, classes);
  const losses: number[] = [];
  const predicted: number[] = [];
  for (let n = 0; n < labels.length; n++) {
    const row = Array.from({ length: classes }, (_, c) => logits[n * classes + c]!);
    const maximum = Math.max(...row);
    losses.push(Math.log(row.reduce((sum, z) => sum + Math.exp(z - maximum), 0)) - (row[labels[n]!]! - maximum));
    predicted.push(row.indexOf(maximum));
  }
  return {
    losses,
    gradient: all.map((p, i) => p - (i % classes === labels[Math.floor(i / classes)] ? 1 : 0)),
    predicted,
    probabilities: predicted.map((c, n) => all[n * classes + c]!),
  };
}
