import { type Allocator, treeSum, type WeightGradientShard } from '@lockstep/kernels';
import type { LayerContext, Shard, Step } from './layer.ts';

/** What {@link vectorGradients} has in scratch and {@link weightGradient} for a pass: a row a shard, each a whole number of vectors. */
export function allocateRows(allocator: Allocator, maxOwnShards: number, length: number): number {
  return allocator.floats(maxOwnShards * rowFloats(length));
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

/**
 * The gradient of a weight, if it is trained, of which a kernel makes a whole subtree's sum: `write` is given its shards in order.
 *
 * @param rows a place for each shard's own sum, of {@link allocateRows}, if there is one: then a shard's is made together with the
 *   steps before and behind, while what they read is in the cache, and the sums are added after these, to the same bits.
 */
export function weightGradient(
  context: Pick<
    LayerContext<unknown, unknown>,
    'kernels' | 'ownShards' | 'subtrees' | 'x' | 'dy' | 'gradient' | 'trains'
  >,
  write: (shards: readonly WeightGradientShard[], weight: number) => void,
  rows?: { readonly pointer: number; readonly length: number },
): Step[] {
  const { kernels, ownShards, subtrees, x, dy, gradient, trains } = context;
  if (!trains('weight')) return [];
  const record = (shard: Shard, merges: number): WeightGradientShard => ({
    x: x(shard),
    dy: dy(shard),
    images: shard.images,
    merges,
  });
  if (!rows) {
    const run = (): void =>
      subtrees.forEach(({ shards, merges }, subtree) => {
        write(
          shards.map((shard, i) => record(shard, merges[i]!)),
          gradient('weight', subtree),
        );
      });
    return [{ kind: 'once', run }];
  }
  const floats = rowFloats(rows.length);
  const row = ({ index }: Shard): number => rows.pointer + (index - ownShards[0]!.index) * floats * 4;
  return [
    {
      kind: 'each',
      keepsRows: true,
      run: (shard) => {
        const end = row(shard) / 4 + floats;
        kernels.f32.fill(0, end - 4, end);
        write([record(shard, 0)], row(shard));
      },
    },
    {
      kind: 'once',
      keepsRows: true,
      run: () =>
        subtrees.forEach(({ shards, mergesPointer }, subtree) => {
          treeSum(kernels, row(shards[0]!), shards.length, floats, mergesPointer, gradient('weight', subtree));
        }),
    },
  ];
}
