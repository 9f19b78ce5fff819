import type { ResolvedGraph, ResolvedNode } from '../graph/resolve.ts';

/** Outputs that pass from a layer to the next shard by shard, by name, with the node that computes each. */
export type PassingTensors = ReadonlyMap<string, ResolvedNode>;

/**
 * Which outputs are not kept, but go through a place that all shards have in common: that of a batch norm (and of an activation
 * fused with it) whose only reader is the convolution behind it. There is no meeting between the two, so a shard's is read before
 * the next one's is written. In the backward pass it is computed again for the convolution's weight gradient, from what the
 * normalisation keeps anyway: a second pass over one tensor instead of a second tensor of that size. The bits are the same.
 */
export function planPassing({ graph, nodes }: ResolvedGraph, maxImages: number): PassingTensors {
  const passing = new Map<string, ResolvedNode>();
  const onlyReader = (name: string): ResolvedNode | undefined => {
    const readers = nodes.filter(({ inputNames }) => inputNames.includes(name));
    return readers.length === 1 && !graph.outputs.includes(name) ? readers[0] : undefined;
  };
  nodes.forEach((node, i) => {
    if (!node.layer.passesOn) return;
    const next = nodes[i + 1];
    const isFused = node.layer.fuses?.some((op) => op === next?.layer.op) && onlyReader(node.name) === next;
    const [last, reader] = isFused ? [next!, nodes[i + 2]] : [node, next];
    if (!reader || onlyReader(last.name) !== reader) return;
    if (!reader.layer.takesPassing?.(reader.options, reader.inputs, maxImages)) return;
    passing.set(node.name, node).set(last.name, node);
  });
  return passing;
}
