import { type Allocator, treeSum } from '@lockstep/kernels';
import type { LayerContext, Shard, Step } from './layer.ts';

/** Scratch for {@link vectorGradient}: a row a shard, each a whole number of vectors. */
export function allocateRows(scratch: Allocator, maxOwnShards: number, length: number): number {
  return scratch.floats(maxOwnShards * rowFloats(length));
}

const rowFloats = (length: number): number => Math.ceil(length / 4) * 4;

/**
 * The gradient of a parameter that is a vector, such as a bias: `write` gives one shard's, and the rows are added in the
 * order of the tree, one sum an owned subtree.
 */
export function vectorGradient(
  context: LayerContext<unknown, unknown>,
  parameter: string,
  length: number,
  rows: number,
  write: (shard: Shard, row: number) => void,
): Step {
  const { kernels, subtrees } = context;
  const floats = rowFloats(length);
  return {
    kind: 'once',
    run: () => {
      subtrees.forEach(({ shards, mergesPointer }, subtree) => {
        kernels.f32.fill(0, rows / 4, rows / 4 + shards.length * floats);
        shards.forEach((shard, i) => {
          write(shard, rows + i * floats * 4);
        });
        treeSum(kernels, rows, shards.length, floats, mergesPointer, context.gradient(parameter, subtree));
      });
    },
  };
}
