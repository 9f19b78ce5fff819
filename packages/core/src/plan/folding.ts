import { elements } from '../graph/graph.ts';
import type { ResolvedGraph, ResolvedNode } from '../graph/resolve.ts';
import type { TensorPlan } from './tensors.ts';

/**
 * Convolutions that in evaluation compute the batch normalisation behind them as well, by name: it multiplies and shifts each
 * channel by numbers that are known before, so weights and bias can have them in them.
 *
 * Only where the normalisation is the only reader and the next node: then nothing that lies where its output will be is read
 * any more, but perhaps the convolution's own input, which is looked at.
 */
export function planFoldings(
  { graph, nodes }: ResolvedGraph,
  { activations }: Pick<TensorPlan, 'activations'>,
  maxImages: number,
): ReadonlyMap<string, ResolvedNode> {
  const place = (name: string, floats: number) => {
    const { offset, isPassing } = activations.get(name)!;
    return { begin: offset, end: offset + floats * maxImages, isPassing };
  };
  const foldings = new Map<string, ResolvedNode>();
  nodes.forEach((node, i) => {
    const norm = nodes[i + 1];
    if (!norm?.layer.isAffine || !node.layer.folds?.(node.options, node.inputs) || norm.inputNames[0] !== node.name)
      return;
    const readers = nodes.filter(({ inputNames }) => inputNames.includes(node.name));
    if (readers.length > 1 || graph.outputs.includes(node.name)) return;
    const input = place(node.inputNames[0]!, elements(node.inputs[0]!));
    const output = place(norm.name, elements(norm.output));
    const apart = output.isPassing !== input.isPassing || output.end <= input.begin || input.end <= output.begin;
    if (apart) foldings.set(node.name, norm);
  });
  return foldings;
}
