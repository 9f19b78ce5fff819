/** y[rows][channels] with bias[channels] added to each row. */
export function addBias(y: ArrayLike<number>, bias: ArrayLike<number>): number[] {
  return Array.from(y, (value, i) => value + bias[i % bias.length]!);
}
