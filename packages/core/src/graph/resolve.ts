import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { BufferSpec, ParameterSpec } from '../layers/layer.ts';
import { type AnyLayer, layerOf } from '../layers/registry.ts';
import { type Graph, type GraphNode, type Shape, shapeText } from './graph.ts';

/** A node with what is known of it once the graph has been checked: its layer, its options with defaults, its shapes. */
export interface ResolvedNode {
  readonly name: string;
  readonly layer: AnyLayer;
  readonly options: unknown;
  readonly inputNames: readonly string[];
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  readonly parameters: readonly ParameterSpec[];
  /** Whose they are: its own name, or that of the node that it shares with. */
  readonly parametersOf: string;
  readonly buffers: readonly BufferSpec[];
}

export interface ResolvedGraph {
  readonly graph: Graph;
  readonly nodes: readonly ResolvedNode[];
  /** The shape of every tensor: of the inputs and of each node's output. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

/**
 * Checks a graph and infers the shapes of all its tensors.
 *
 * @throws CoreError that names the node: `GRAPH_INVALID`, `GRAPH_SHAPE`, `LAYER_UNKNOWN` or `LAYER_OPTIONS`.
 */
export function resolveGraph(graph: Graph): ResolvedGraph {
  const shapes = new Map<string, Shape>();
  for (const { name, shape } of graph.inputs) {
    if (shape.length === 0 || shape.some((size) => !Number.isInteger(size) || size < 1)) {
      throw new CoreError(
        'GRAPH_INVALID',
        `input "${name}": expected a shape of positive integers, got ${shapeText(shape)}`,
      );
    }
    define(shapes, name, shape);
  }
  const nodes: ResolvedNode[] = [];
  for (const node of graph.nodes) {
    const resolved = resolveNode(node, shapes);
    define(shapes, node.name, resolved.output);
    const obstacle = node.shareWith === undefined ? undefined : obstacleToSharing(resolved, nodes);
    if (obstacle !== undefined) {
      throw new CoreError('GRAPH_INVALID', `node "${node.name}" cannot share with "${node.shareWith}": ${obstacle}`);
    }
    nodes.push(resolved);
  }
  if (graph.outputs.length === 0) throw new CoreError('GRAPH_INVALID', `graph "${graph.name}" has no outputs`);
  for (const name of graph.outputs) shapeOf(shapes, name, `output of graph "${graph.name}"`);
  return { graph, nodes, shapes };
}

function define(shapes: Map<string, Shape>, name: string, shape: Shape): void {
  if (name === '') throw new CoreError('GRAPH_INVALID', 'an input or a node has no name');
  if (shapes.has(name)) throw new CoreError('GRAPH_INVALID', `two tensors are called "${name}": names must be unique`);
  shapes.set(name, shape);
}

function shapeOf(shapes: ReadonlyMap<string, Shape>, name: string, where: string): Shape {
  const shape = shapes.get(name);
  if (shape) return shape;
  throw new CoreError(
    'GRAPH_INVALID',
    `${where}: there is no tensor "${name}" before it; there are ${[...shapes.keys()].join(', ')}`,
  );
}

/** Why a node cannot use the parameters of the one that it names; undefined if it can. */
function obstacleToSharing(
  { layer, parameters, buffers, parametersOf }: ResolvedNode,
  before: readonly ResolvedNode[],
): string | undefined {
  const other = before.find((node) => node.name === parametersOf);
  const text = (specs: readonly ParameterSpec[]): string =>
    specs.map(({ name, shape, view = shape }) => `${name} of ${shapeText(view)}`).join(', ');
  if (!other) return 'there is no such node before it';
  if (other.parametersOf !== other.name) return `that one shares with "${other.parametersOf}", which is to be named`;
  if (other.layer !== layer) return `it is ${layer.op}, the other ${other.layer.op}`;
  if (parameters.length === 0) return `${layer.op} has no parameters`;
  if (buffers.length > 0) return `${layer.op} has running statistics, which would be those of neither`;
  const [own, others] = [text(parameters), text(other.parameters)];
  return own === others ? undefined : `its parameters are ${own}, the other's ${others}`;
}

function resolveNode(node: GraphNode, shapes: ReadonlyMap<string, Shape>): ResolvedNode {
  const layer = layerOf(node.op, node.name, node.module);
  if (layer.arity === 'any' ? node.inputs.length === 0 : node.inputs.length !== layer.arity) {
    const expected = layer.arity === 'any' ? 'any number of tensors, but one at least' : `${layer.arity} tensors`;
    throw new CoreError(
      'GRAPH_INVALID',
      `node "${node.name}": ${node.op} reads ${expected}, got ${node.inputs.length}`,
    );
  }
  const inputs = node.inputs.map((name) => shapeOf(shapes, name, `node "${node.name}"`));
  const parsed = layer.options.safeParse(node.options);
  if (!parsed.success) {
    throw new CoreError(
      'LAYER_OPTIONS',
      `node "${node.name}" (${node.op}): ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
    );
  }
  const options: unknown = parsed.data;
  try {
    return {
      name: node.name,
      layer,
      options,
      inputNames: node.inputs,
      inputs,
      output: layer.outputShape(options, inputs),
      parameters: layer.parameters(options, inputs),
      parametersOf: node.shareWith ?? node.name,
      buffers: layer.buffers(options, inputs),
    };
  } catch (cause) {
    if (!(cause instanceof CoreError)) throw cause;
    throw new CoreError(cause.code, `node "${node.name}": ${cause.message}`, { cause });
  }
}
