import { type Allocator, treeSum, type WeightGradientShard } from '@lockstep/kernels';
import type { LayerContext, Shard, Step } from './layer.ts';

/** Scratch for {@link vectorGradients}: a row a shard, each a whole number of vectors. */
export function allocateRows(scratch: Allocator, maxOwnShards: number, length: number): number {
  return scratch.floats(maxOwnShards * rowFloats(length));
}

const rowFloats = (length: number): number => Math.ceil(length / 4) * 4;

/** A parameter that is summed as one vector, and its rows from {@link allocateRows}. */
export interface VectorParameter {
  readonly name: string;
  readonly length: number;
  readonly rows: number;
}

/**
 * The gradients of parameters that are vectors, such as a bias: `write` gives one shard's, a row a parameter, and the rows are
 * added in the order of the tree, one sum an owned subtree. Nothing, if none of them is trained.
 */
export function vectorGradients(
  context: LayerContext<unknown, unknown>,
  parameters: readonly VectorParameter[],
  write: (shard: Shard, rows: readonly number[]) => void,
): Step[] {
  const { kernels, subtrees } = context;
  const sums = parameters.map((parameter) => ({ ...parameter, floats: rowFloats(parameter.length) }));
  const trained = sums.filter(({ name }) => context.trains(name));
  if (trained.length === 0) return [];
  const run = (): void => {
    subtrees.forEach(({ shards, mergesPointer }, subtree) => {
      for (const { rows, floats } of sums) kernels.f32.fill(0, rows / 4, rows / 4 + shards.length * floats);
      shards.forEach((shard, i) => {
        write(
          shard,
          sums.map(({ rows, floats }) => rows + i * floats * 4),
        );
      });
      for (const { name, rows, floats } of trained) {
        treeSum(kernels, rows, shards.length, floats, mergesPointer, context.gradient(name, subtree));
      }
    });
  };
  return [{ kind: 'once', run }];
}

/** The gradient of a weight, if it is trained, of which a kernel makes a whole subtree's sum: `write` is given its shards in order. */
export function weightGradient(
  {
    subtrees,
    x,
    dy,
    gradient,
    trains,
  }: Pick<LayerContext<unknown, unknown>, 'subtrees' | 'x' | 'dy' | 'gradient' | 'trains'>,
  write: (shards: readonly WeightGradientShard[], weight: number) => void,
): Step[] {
  if (!trains('weight')) return [];
  const run = (): void =>
    subtrees.forEach(({ shards, merges }, subtree) => {
      const records = shards.map((shard, i) => ({
        x: x(shard),
        dy: dy(shard),
        images: shard.images,
        merges: merges[i]!,
      }));
      write(records, gradient('weight', subtree));
    });
  return [{ kind: 'once', run }];
}
