/**
 * Logical shards: a batch is cut into V shards, and every sum over the batch (gradients, statistics, losses) is a sum a
 * shard, combined in one fixed binary tree over the shards. V never depends on the number of workers, and the tree
 * never on who computed a node of it: hence the same bits for any number of workers.
 */

/** A half-open range [begin, end). */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/**
 * The samples of a batch that belong to a shard. Sizes differ by at most one; with fewer samples than shards some are empty.
 *
 * @param group so many consecutive samples of the batch always stay together, counted from its first: then sizes differ by at
 * most one group, and the last group may have fewer
 */
export function shardSamples(shard: number, shards: number, samples: number, group = 1): Range {
  const groups = Math.ceil(samples / group);
  const first = (index: number): number => Math.min(samples, Math.floor((index * groups) / shards) * group);
  return { begin: first(shard), end: first(shard + 1) };
}

/** The largest number of samples that a shard of a batch can have. */
export function maxShardSamples(shards: number, samples: number, group = 1): number {
  return Math.min(samples, Math.ceil(Math.ceil(samples / group) / shards) * group);
}

/** The shards that a worker computes. */
export function workerShards(rank: number, workers: number, shards: number): Range {
  return {
    begin: Math.floor((rank * shards) / workers),
    end: Math.floor(((rank + 1) * shards) / workers),
  };
}

/**
 * The shards of each micro-batch, where a batch is computed in several, one after the other: consecutive ones, as many in each, or
 * one more.
 */
export const microBatchShards = (microBatches: number, shards: number): Range[] =>
  Array.from({ length: microBatches }, (_, i) => workerShards(i, microBatches, shards));

/** The part of some consecutive shards that a worker computes. */
export function workerPart(rank: number, workers: number, { begin, end }: Range): Range {
  const own = workerShards(rank, workers, end - begin);
  return { begin: begin + own.begin, end: begin + own.end };
}

/** The largest subtrees of the tree over all shards that a worker has to itself: those of each micro-batch after those of the one before. */
export function workerSubtrees(rank: number, workers: number, shards: number, microBatches = 1): Range[] {
  const all = { begin: 0, end: shards };
  return microBatchShards(microBatches, shards).flatMap((range) =>
    ownedSubtrees(all, workerPart(rank, workers, range)),
  );
}

/**
 * Where a node of the tree over the leaves [begin, end) divides: at the largest power of two below the number of
 * leaves. Defined for every number of leaves, and the same as a perfect binary tree where that number is a power of two.
 */
export function splitPoint({ begin, end }: Range): number {
  let size = 1;
  while (size * 2 < end - begin) size *= 2;
  return begin + size;
}

/** The largest subtrees of the tree over `tree` that lie within `owned`, from left to right. */
export function ownedSubtrees(tree: Range, owned: Range): Range[] {
  if (tree.begin >= owned.end || tree.end <= owned.begin) return [];
  if (tree.begin >= owned.begin && tree.end <= owned.end) return [tree];
  const middle = splitPoint(tree);
  return [
    ...ownedSubtrees({ begin: tree.begin, end: middle }, owned),
    ...ownedSubtrees({ begin: middle, end: tree.end }, owned),
  ];
}

/**
 * The tree as a program for a stack: after the leaf i of [begin, end) is pushed, the two topmost entries are merged
 * `merges[i - begin]` times. At the end one entry is left.
 */
export function mergesAfterLeaf(tree: Range): number[] {
  const size = tree.end - tree.begin;
  if (size <= 1) return new Array<number>(Math.max(0, size)).fill(0);
  const middle = splitPoint(tree);
  const merges = [
    ...mergesAfterLeaf({ begin: tree.begin, end: middle }),
    ...mergesAfterLeaf({ begin: middle, end: tree.end }),
  ];
  merges[size - 1]!++;
  return merges;
}

/**
 * How many entries that stack has at the most after the merges behind a leaf, for any number of leaves up to so many: what a sum needs
 * a place for that reads leaves where they are.
 */
export const stackedSums = (leaves: number): number => Math.max(1, 32 - Math.clz32(leaves - 1));

/** Combines the values of leaves 0…n−1 in the order of the tree; undefined for none. */
export function combineInTree<T>(values: readonly T[], combine: (left: T, right: T) => T): T | undefined {
  const stack: T[] = [];
  const merges = mergesAfterLeaf({ begin: 0, end: values.length });
  values.forEach((value, leaf) => {
    stack.push(value);
    for (let i = 0; i < merges[leaf]!; i++) {
      const right = stack.pop()!;
      stack.push(combine(stack.pop()!, right));
    }
  });
  return stack[0];
}
