import type { Kernels } from '@lockstep/kernels';
import type { Shard, Subtree } from '../layers/layer.ts';
import type { Collective } from '../parallel/collective.ts';
import { mergesAfterLeaf, microBatchShards, ownedSubtrees, type Range, workerPart } from '../parallel/shards.ts';
import type { ReplicaPlan } from '../plan/replica-plan.ts';

/** Some consecutive shards of the batch, which the workers compute before they begin with the next. */
export interface MicroBatch {
  readonly range: Range;
  /** Those of this worker. */
  readonly shards: readonly Shard[];
  readonly subtrees: readonly Subtree[];
  /** Which of all this worker's subtrees the first one is. */
  readonly firstSubtree: number;
  /** int32: the order of the tree over {@link range} */
  readonly treeMerges: number;
}

/** The micro-batches, with the order of the tree over each, and of each subtree that this worker owns, as kernels read it. */
export function layOutMicroBatches(
  kernels: Kernels,
  plan: ReplicaPlan,
  { rank, size }: Pick<Collective, 'rank' | 'size'>,
): MicroBatch[] {
  const { shards, accumulate = 1 } = plan.options;
  const all = { begin: 0, end: shards };
  let ownMerges = plan.merges + shards * 4;
  let firstSubtree = 0;
  return microBatchShards(accumulate, shards).map((range): MicroBatch => {
    const own = workerPart(rank, size, range);
    const ownShards = Array.from({ length: own.end - own.begin }, (_, local) => ({
      index: own.begin + local,
      images: 0,
      base: plan.arena + local * plan.arenaBytes,
    }));
    const treeMerges = plan.merges + range.begin * 4;
    kernels.i32.set(mergesAfterLeaf(range), treeMerges / 4);
    const subtrees = ownedSubtrees(all, own).map(({ begin, end }): Subtree => {
      const merges = mergesAfterLeaf({ begin, end });
      const mergesPointer = ownMerges;
      kernels.i32.set(merges, mergesPointer / 4);
      ownMerges += merges.length * 4;
      return { shards: ownShards.slice(begin - own.begin, end - own.begin), merges, mergesPointer };
    });
    firstSubtree += subtrees.length;
    return { range, shards: ownShards, subtrees, firstSubtree: firstSubtree - subtrees.length, treeMerges };
  });
}
