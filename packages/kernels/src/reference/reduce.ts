// x [rows][channels]; the entries of a tree sum are whatever `combine` takes.

/**
 * The sum of a tree over the entries: a node over n leaves divides at the largest power of two below n, so that its left
 * side is a perfect binary tree. The one order in which sums over shards are combined.
 */
export function treeSum<T>(entries: readonly T[], combine: (left: T, right: T) => T): T {
  if (entries.length === 1) return entries[0]!;
  let left = 1;
  while (left * 2 < entries.length) left *= 2;
  return combine(treeSum(entries.slice(0, left), combine), treeSum(entries.slice(left), combine));
}

/**
 * The same tree as a program for a stack, as the kernels take it: how often the two topmost entries are combined after each
 * leaf is pushed. After leaf i that is the number of perfect trees that i + 1 leaves complete; after the last leaf it is all
 * that is left.
 */
export function treeMerges(leaves: number): number[] {
  const merges: number[] = [];
  let entries = 0;
  for (let leaf = 1; leaf <= leaves; leaf++) {
    let complete = 0;
    for (let n = leaf; n % 2 === 0; n /= 2) complete++;
    entries += 1 - complete;
    merges.push(leaf === leaves ? complete + entries - 1 : complete);
  }
  return merges;
}

/** Σ x over the rows, for each channel */
export function columnSums(x: ArrayLike<number>, channels: number): number[] {
  const sums = new Array<number>(channels).fill(0);
  for (let i = 0; i < x.length; i++) sums[i % channels]! += x[i]!;
  return sums;
}

/** left + right, element by element */
export function add(left: ArrayLike<number>, right: ArrayLike<number>): number[] {
  return Array.from(left, (value, i) => value + right[i]!);
}
