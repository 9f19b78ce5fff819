import { CoreError } from '../errors.ts';
import { add } from '../layers/add.ts';
import { concat } from '../layers/concat.ts';
import type { Graph, GraphNode, Shape } from './graph.ts';

/** An operation and its options, as the layers' own functions (`conv2d({ … })`) give them. */
export interface LayerCall {
  readonly op: string;
  /** Of a layer from outside: the URL of the module that defines it. */
  readonly module?: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Layers by name, and blocks of them, each reading what the one before gives. */
export type Chain = readonly (readonly [name: string, call: LayerCall] | Block)[];

/** Chains that all read one tensor, and the layer that makes one of their outputs: by {@link residual} or {@link branches}. */
interface Block {
  readonly name: string;
  readonly chains: readonly Chain[];
  readonly join: LayerCall;
}

const isBlock = (item: Chain[number]): item is Block => 'chains' in item;

/** A chain, a way around it, empty for the tensor as it is, and the sum of both, which has the block's name. */
export const residual = (name: string, chain: Chain, shortcut: Chain = []): Block => ({
  name,
  chains: [chain, shortcut],
  join: add(),
});

/** Chains that all read one tensor, and their channels one after the other; an empty chain is the tensor itself. */
export const branches = (name: string, chains: readonly Chain[]): Block => ({ name, chains, join: concat() });

/**
 * Builds a graph node by node.
 *
 * ```ts
 * const net = new GraphBuilder('two-layers', [28, 28, 1]);
 * const hidden = net.add('conv1', conv2d({ outChannels: 8, kernelSize: 3 }), net.input);
 * const graph = net.build(net.add('fc', linear({ outFeatures: 10 }), net.add('flatten', flatten(), hidden)));
 * ```
 */
export class GraphBuilder {
  /** The name of the network's input. */
  readonly input = 'input';
  readonly #name: string;
  readonly #shape: Shape;
  readonly #nodes: GraphNode[] = [];

  constructor(name: string, inputShape: Shape) {
    this.#name = name;
    this.#shape = inputShape;
  }

  /** Adds a node that reads the given tensors. @returns the name of its output: the node's own. */
  add(name: string, { op, module, options }: LayerCall, ...inputs: string[]): string {
    this.#nodes.push({ name, op, ...(module !== undefined && { module }), inputs, options });
    return name;
  }

  /**
   * Adds a node that does what an earlier one does, with its options and its parameters, to other tensors: the gradient of the
   * parameters is the sum over both. @returns the name of its output
   */
  share(name: string, other: string, ...inputs: string[]): string {
    const node = this.#nodes.find((earlier) => earlier.name === other);
    if (!node)
      throw new CoreError('GRAPH_INVALID', `node "${name}": there is no node "${other}" before it to share with`);
    this.#nodes.push({ ...node, name, inputs, shareWith: node.shareWith ?? other });
    return name;
  }

  /** Adds a chain of nodes, each reading the one before. @returns the name of the last one's output. */
  chain(input: string, layers: Chain): string {
    return layers.reduce((from, item) => {
      if (isBlock(item)) return this.add(item.name, item.join, ...item.chains.map((chain) => this.chain(from, chain)));
      return this.add(item[0], item[1], from);
    }, input);
  }

  /** Adds chains that all read one tensor, as {@link branches} puts them together. */
  branches(name: string, input: string, chains: readonly Chain[]): string {
    return this.chain(input, [branches(name, chains)]);
  }

  /** Adds a chain and a way around it, as {@link residual} puts them together. */
  residual(name: string, input: string, chain: Chain, shortcut: Chain = []): string {
    return this.chain(input, [residual(name, chain, shortcut)]);
  }

  /** The graph of all nodes so far. @param outputs the first is what the loss is taken of */
  build(...outputs: string[]): Graph {
    return { name: this.#name, inputs: [{ name: this.input, shape: this.#shape }], nodes: [...this.#nodes], outputs };
  }
}

/**
 * A network that is one chain, of layers and of blocks with ways around them:
 *
 * ```ts
 * sequential('net', [32, 32, 3], [
 *   ['conv1', conv2d({ outChannels: 16, kernelSize: 3, padding: 1 })],
 *   residual('block', [['conv2', conv2d({ outChannels: 16, kernelSize: 3, padding: 1 })], ['relu', relu()]]),
 *   ['pool', globalAvgPool2d()],
 *   ['fc', linear({ outFeatures: 10 })],
 * ]);
 * ```
 */
export function sequential(name: string, inputShape: Shape, layers: Chain): Graph {
  const builder = new GraphBuilder(name, inputShape);
  return builder.build(builder.chain(builder.input, layers));
}
