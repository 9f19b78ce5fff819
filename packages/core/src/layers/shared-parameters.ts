import { add, type Kernels, treeSum } from '@lockstep/kernels';
import type { SharedUse } from '../plan/shared-parameters.ts';
import type { LayerContext, Shard, Subtree } from './layer.ts';

/**
 * For a node that shares its parameters: its layer sees each shard as a subtree of its own, and writes the gradients into rows.
 *
 * @param merges pointer to an int32 0: the order of a tree of one shard
 */
export function shardwise(
  { rows }: SharedUse,
  shards: readonly Shard[],
  merges: number,
): Pick<LayerContext<unknown, unknown>, 'subtrees' | 'gradient'> {
  return {
    subtrees: shards.map((shard) => ({ shards: [shard], merges: [0], mergesPointer: merges })),
    gradient: (name, shard) => {
      const { pointer, floats } = rows.get(name)!;
      return pointer + shard * floats * 4;
    },
  };
}

/**
 * The gradient of shared parameters: in each shard the sum over their uses, in the order of the graph; then over the shards, in the
 * order of the tree.
 *
 * @param uses that have a gradient, one at least; the first one's rows are overwritten
 * @param trained names of the parameters that have one
 * @param gradient where the sum over a subtree goes
 */
export function addUses(
  kernels: Kernels,
  [first, ...others]: readonly SharedUse[],
  trained: readonly string[],
  ownShards: number,
  subtrees: readonly Subtree[],
  gradient: (name: string, subtree: number) => number,
): void {
  for (const name of trained) {
    const { pointer, floats } = first!.rows.get(name)!;
    for (const { rows } of others) add(kernels, pointer, rows.get(name)!.pointer, ownShards * floats);
    let row = pointer;
    subtrees.forEach(({ shards, mergesPointer }, subtree) => {
      treeSum(kernels, row, shards.length, floats, mergesPointer, gradient(name, subtree));
      row += shards.length * floats * 4;
    });
  }
}
