import type { GraphNode } from './graph.ts';

/** The nodes that some outputs depend on, also by sharing parameters; in their order. */
export function usedNodes(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const used = new Set(outputs);
  const kept = nodes.toReversed().filter(({ name, inputs, shareWith }) => {
    if (!used.has(name)) return false;
    for (const input of inputs) used.add(input);
    if (shareWith !== undefined) used.add(shareWith);
    return true;
  });
  return kept.reverse();
}
