import { z } from 'zod';
import { CoreError } from '../errors.ts';
import { importLayers } from '../layers/import-layers.ts';
import type { Graph } from './graph.ts';
import { resolveGraph } from './resolve.ts';

const name = z.string().min(1);

/** Of a side, or of channels: far more would take its time, only to find that no memory holds it. */
const largestSize = 2 ** 16;

/** A graph as a person writes it: what follows from the order of the nodes may be left out. */
const graphSchema = z.strictObject({
  name,
  inputs: z.array(z.strictObject({ name, shape: z.array(z.int().min(1).max(largestSize)).min(1).max(3) })).min(1),
  nodes: z
    .array(
      z.strictObject({
        name,
        op: name,
        module: name.optional(),
        /** Default: the node before, or of the first node the first input. */
        inputs: z.array(name).optional(),
        options: z.record(z.string(), z.unknown()).default({}),
        shareWith: name.optional(),
      }),
    )
    .min(1),
  /** Default: the last node. */
  outputs: z.array(name).min(1).optional(),
  auxiliary: z.record(name, z.number()).optional(),
});

/**
 * A graph from outside, such as a file in JSON or YAML, checked through and through:
 *
 * ```yaml
 * name: tiny
 * inputs: [{ name: picture, shape: [28, 28, 1] }]
 * nodes:
 *   - { name: conv, op: conv2d, options: { outChannels: 8, kernelSize: 3 } }
 *   - { name: pool, op: globalAvgPool2d }
 *   - { name: fc, op: linear, options: { outFeatures: 10 } }
 * ```
 *
 * @throws CoreError `GRAPH_INVALID` by the field that is wrong, caused by a ZodError, or what {@link resolveGraph} finds, by node
 */
export function parseGraph(value: unknown): Graph {
  const graph = checked(value);
  resolveGraph(graph);
  return graph;
}

/**
 * The same for a graph with layers from outside, whose modules it imports: `- { name: act, op: swish, module: ./swish.ts }`.
 *
 * @param base URL of the file, which the modules' paths are relative to
 * @throws CoreError also as {@link importLayers}
 */
export async function loadGraph(value: unknown, base: string): Promise<Graph> {
  const { nodes, ...rest } = checked(value);
  const graph: Graph = {
    ...rest,
    nodes: nodes.map((node) =>
      node.module === undefined || !URL.canParse(node.module, base)
        ? node
        : { ...node, module: new URL(node.module, base).href },
    ),
  };
  await importLayers(graph);
  resolveGraph(graph);
  return graph;
}

/** What can be said without knowing the layers. */
function checked(value: unknown): Graph {
  const parsed = graphSchema.safeParse(value);
  if (!parsed.success) {
    const { error } = parsed;
    throw new CoreError('GRAPH_INVALID', `this is no graph: ${z.prettifyError(error).replaceAll('\n', ' ')}`, {
      cause: error,
    });
  }
  const { inputs, nodes, outputs, auxiliary, ...rest } = parsed.data;
  return {
    ...rest,
    inputs,
    nodes: nodes.map(({ shareWith, module, ...node }, i) => ({
      ...node,
      ...(module !== undefined && { module }),
      inputs: node.inputs ?? [(i === 0 ? inputs[0]! : nodes[i - 1]!).name],
      ...(shareWith !== undefined && { shareWith }),
    })),
    outputs: outputs ?? [nodes.at(-1)!.name],
    ...(auxiliary && { auxiliary }),
  };
}
