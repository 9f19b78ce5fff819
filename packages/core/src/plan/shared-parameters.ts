import type { Allocator } from '@lockstep/kernels';
import { elements } from '../graph/graph.ts';
import type { ResolvedNode } from '../graph/resolve.ts';

/** Where a parameter's gradient by one of its uses is, shard by shard: float32 [own shards][floats]. */
export interface GradientRows {
  readonly pointer: number;
  /** Of a row: a multiple of 16. */
  readonly floats: number;
}

/** A node that has its parameters together with others, and the rows of its own part of their gradients, by parameter. */
export interface SharedUse {
  readonly node: string;
  readonly rows: ReadonlyMap<string, GradientRows>;
}

/** By the node that has the parameters: all that use them, itself first, in the order of the graph. */
export type SharedParameters = ReadonlyMap<string, readonly SharedUse[]>;

/**
 * Lays out memory for the gradients of shared parameters. It is a row for each shard and use: the uses must be added within a
 * shard, before the tree over the shards, or else the bits would depend on who has which shards.
 */
export function planSharedParameters(
  nodes: readonly ResolvedNode[],
  maxOwnShards: number,
  own: Allocator,
): SharedParameters {
  const groups = Map.groupBy(nodes, ({ parametersOf }) => parametersOf);
  const rowsOf = ({ name: node, parameters }: ResolvedNode): SharedUse => ({
    node,
    rows: new Map(
      parameters.map(({ name, shape }) => {
        const floats = Math.ceil(elements(shape) / 16) * 16;
        return [name, { pointer: own.floats(maxOwnShards * floats), floats }];
      }),
    ),
  });
  return new Map([...groups].flatMap(([name, uses]) => (uses.length > 1 ? [[name, uses.map(rowsOf)] as const] : [])));
}
