import type { ResolvedGraph } from '../graph/resolve.ts';
import type { FusedOperation } from '../layers/layer.ts';
import type { TensorPlace, TensorPlan } from './tensors.ts';

/**
 * Which nodes do the work of the one behind them, by name, and what: such as a batch norm that applies a ReLU in its own
 * pass over memory, forward and backward. The bits are the same; the node behind it does nothing then.
 *
 * Only where the second node is the only reader of the first, and overwrites it: then both have one place for their
 * outputs, and one for the gradients with respect to them.
 */
export function planFusions(
  { graph, nodes }: ResolvedGraph,
  { activations, gradients }: Pick<TensorPlan, 'activations' | 'gradients'>,
): ReadonlyMap<string, { readonly operation: FusedOperation; readonly into: string }> {
  const fusions = new Map<string, { operation: FusedOperation; into: string }>();
  for (const node of nodes) {
    const readers = nodes.filter(({ inputNames }) => inputNames.includes(node.name));
    const reader = readers.length === 1 ? readers[0]! : undefined;
    const operation = node.layer.fuses?.find((op) => op === reader?.layer.op);
    if (!reader || !operation || graph.outputs.includes(node.name)) continue;
    const onePlace = (places: ReadonlyMap<string, TensorPlace>) => places.get(node.name) === places.get(reader.name);
    if (onePlace(activations) && onePlace(gradients)) fusions.set(reader.name, { operation, into: node.name });
  }
  return fusions;
}
