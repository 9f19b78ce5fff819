import { Generator } from '@lockstep/core';

/** Which parts a data set is cut into. */
export interface StratifiedSplitOptions {
  /** Class of each sample: integers from 0. */
  readonly labels: ArrayLike<number>;
  /** Share of each part, positive or 0, of 1 together. The first takes what rounding leaves. */
  readonly shares: readonly number[];
  /** In 0..2³² − 1. */
  readonly seed: number;
  /** Another number for each split of what a split of the same seed has left, so that they have nothing to do with each other. Default: 0. */
  readonly round?: number | undefined;
}

/**
 * Cuts samples into parts at random, each class by itself, so that all parts have the classes in the same proportions. Of a
 * class with as many samples as there are parts that get any, each gets at least one; of a smaller class the first parts do.
 * A function of the options alone.
 *
 * @returns for each share the indices of its samples, ascending
 * @throws RangeError where the shares are not positive, or not 1 together
 */
export function stratifiedSplit({
  labels,
  shares,
  seed,
  round = 0,
}: StratifiedSplitOptions): Uint32Array<ArrayBuffer>[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  if (shares.some((share) => !(share >= 0)) || Math.abs(sum - 1) > 1e-9) {
    throw new RangeError(`stratifiedSplit: expected shares of at least 0, of 1 together, got ${shares.join(', ')}`);
  }
  const parts: number[][] = shares.map(() => []);
  for (const [label, indices] of indicesByClass(labels).entries()) {
    shuffle(indices, new Generator({ seed, purpose: 'split', epoch: round, position: label }));
    let begin = 0;
    for (const [part, count] of partSizes(indices.length, shares).entries()) {
      for (const index of indices.slice(begin, begin + count)) parts[part]!.push(index);
      begin += count;
    }
  }
  return parts.map((part) => Uint32Array.from(part).sort());
}

/**
 * Takes `count` samples at random, of each class as many as its share (the largest remainders round up).
 *
 * @returns their indices, ascending
 */
export function stratifiedSubset(labels: ArrayLike<number>, count: number, seed: number): Uint32Array<ArrayBuffer> {
  const classes = indicesByClass(labels);
  const quotas = classes.map(({ length }) => (length * count) / labels.length);
  const counts = quotas.map(Math.floor);
  const rest = count - counts.reduce((sum, value) => sum + value, 0);
  const byRemainder = quotas
    .map((quota, label) => ({ label, remainder: quota - Math.floor(quota) }))
    .sort((a, b) => b.remainder - a.remainder || a.label - b.label);
  for (const { label } of byRemainder.slice(0, rest)) counts[label]!++;
  const chosen = classes.flatMap((indices, label) => {
    // Another stream than that of the split, which has been used up to choose these samples.
    shuffle(indices, new Generator({ seed, purpose: 'split', epoch: 1, position: label }));
    return indices.slice(0, counts[label]!);
  });
  return Uint32Array.from(chosen).sort();
}

/** The indices of each class's samples. */
export function indicesByClass(labels: ArrayLike<number>): number[][] {
  const classes: number[][] = [];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    while (classes.length <= label) classes.push([]);
    classes[label]!.push(i);
  }
  return classes;
}

/** How many of a class's samples each part gets. */
function partSizes(count: number, shares: readonly number[]): number[] {
  const least = (share: number): number => (share > 0 ? 1 : 0);
  const sizes = shares.map(() => 0);
  let rest = count;
  for (const [part, share] of shares.entries()) {
    sizes[part] = Math.min(rest, least(share));
    rest -= sizes[part];
  }
  for (let part = shares.length - 1; part > 0; part--) {
    const more = Math.min(rest, Math.max(0, Math.round(count * shares[part]!) - sizes[part]!));
    sizes[part]! += more;
    rest -= more;
  }
  sizes[0]! += rest;
  return sizes;
}

/** Fisher and Yates, as Durstenfeld has it. */
export function shuffle(values: number[] | Uint32Array, generator: Generator): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = generator.integer(last + 1);
    const value = values[other]!;
    values[other] = values[last]!;
    values[last] = value;
  }
}
