import { CoreError } from '../errors.ts';
import type { Graph } from './graph.ts';
import { type ResolvedGraph, resolveGraph } from './resolve.ts';
import { usedNodes } from './used-nodes.ts';

/** The last node with parameters before each output, as long as the way back to it does not fork. */
export function headsOf({ graph, nodes }: Pick<ResolvedGraph, 'graph' | 'nodes'>): ReadonlySet<string> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const heads = new Set<string>();
  for (const output of graph.outputs) {
    let node = byName.get(output);
    while (node && node.parameters.length === 0 && node.inputNames.length === 1) node = byName.get(node.inputNames[0]!);
    if (node && node.parameters.length > 0) heads.add(node.parametersOf);
  }
  return heads;
}

/** What says how many outputs a layer has. */
const outputOptions: ReadonlyMap<string, string> = new Map([
  ['conv2d', 'outChannels'],
  ['linear', 'outFeatures'],
]);

/**
 * A network that others made, to train on: without a softmax at its end, which the loss takes, and with a head for so many
 * classes.
 *
 * @throws CoreError `GRAPH_INVALID` if its last layer with parameters has no such number
 */
export function forTraining(graph: Graph, classes: number): Graph {
  const outputs = graph.outputs.map((name) => {
    const node = graph.nodes.find((candidate) => candidate.name === name);
    return node?.op === 'softmax' ? node.inputs[0]! : name;
  });
  const without: Graph = { ...graph, outputs, nodes: usedNodes(graph.nodes, outputs) };
  const resolved = resolveGraph(without);
  if (outputs.every((name) => resolved.shapes.get(name)!.at(-1) === classes)) return without;
  const heads = headsOf(resolved);
  const nodes = without.nodes.map((node) => {
    if (!heads.has(node.name)) return node;
    const option = outputOptions.get(node.op);
    if (option) return { ...node, options: { ...node.options, [option]: classes } };
    throw new CoreError(
      'GRAPH_INVALID',
      `${graph.name}: its last layer with parameters, "${node.name}", is ${node.op}: expected linear or conv2d, to have ${classes} outputs instead`,
    );
  });
  return { ...without, nodes };
}
