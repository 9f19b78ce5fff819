import { layerOf } from '../layers/registry.ts';
import type { StateDict } from '../state.ts';
import type { Graph, GraphNode } from './graph.ts';

/** What batch norm can be folded into: layers whose weight has the output channels first. */
const convolutions: ReadonlySet<string> = new Set(['conv1d', 'conv2d', 'linear']);
const norms: ReadonlySet<string> = new Set(['batchNorm1d', 'batchNorm2d']);

/**
 * A network for evaluation without the batch norms that directly follow a convolution or linear layer which nobody else reads, and which shares no parameters: their
 * scale and shift are in its weight and bias. The outputs are the same but for rounding; the folded nodes' names go, where
 * they are not outputs.
 */
export function foldBatchNorm(graph: Graph, state: StateDict): { readonly graph: Graph; readonly state: StateDict } {
  const readers = (name: string): number =>
    graph.nodes.reduce((count, { inputs }) => count + inputs.filter((input) => input === name).length, 0);
  const shared = new Set(
    graph.nodes.flatMap(({ name, shareWith }) => (shareWith === undefined ? [] : [name, shareWith])),
  );
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const folded = new Map(state);
  const nodes: GraphNode[] = [];
  /** What is read in the place of a batch norm that is gone. */
  const instead = new Map<string, string>();
  const withBias = new Set<string>();
  for (const node of graph.nodes) {
    const [input] = node.inputs as [string];
    const before = byName.get(input);
    const fits =
      norms.has(node.op) &&
      !shared.has(node.name) &&
      !shared.has(input) &&
      before !== undefined &&
      convolutions.has(before.op) &&
      readers(input) === 1 &&
      !graph.outputs.includes(input) &&
      !graph.outputs.includes(node.name);
    if (fits) {
      fold(before, node, folded);
      withBias.add(input);
      instead.set(node.name, input);
    } else nodes.push({ ...node, inputs: node.inputs.map((name) => instead.get(name) ?? name) });
  }
  return {
    graph: {
      ...graph,
      nodes: nodes.map((node) =>
        withBias.has(node.name) ? { ...node, options: { ...node.options, bias: true } } : node,
      ),
    },
    state: folded,
  };
}

/** weight·s and (bias − mean)·s + shift, with s = scale/√(variance + eps) of each output channel; in double precision. */
function fold(
  convolution: GraphNode,
  norm: GraphNode,
  state: Map<string, { shape: readonly number[]; data: Float32Array }>,
): void {
  const { eps } = layerOf(norm.op, norm.name).options.parse(norm.options) as { eps: number };
  const take = (name: string): Float32Array => {
    const { data } = state.get(`${norm.name}.${name}`)!;
    state.delete(`${norm.name}.${name}`);
    return data;
  };
  const [scale, shift, mean, variance] = [take('weight'), take('bias'), take('running_mean'), take('running_var')];
  const factors = Array.from(scale, (value, i) => value / Math.sqrt(variance[i]! + eps));
  const weight = state.get(`${convolution.name}.weight`)!;
  const bias = state.get(`${convolution.name}.bias`)?.data;
  const each = weight.data.length / factors.length;
  state.set(`${convolution.name}.weight`, {
    shape: weight.shape,
    data: weight.data.map((value, i) => value * factors[Math.floor(i / each)]!),
  });
  state.set(`${convolution.name}.bias`, {
    shape: [factors.length],
    data: Float32Array.from(factors, (factor, i) => ((bias?.[i] ?? 0) - mean[i]!) * factor + shift[i]!),
  });
}
