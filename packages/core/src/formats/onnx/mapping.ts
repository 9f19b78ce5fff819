import { CoreError } from '../../errors.ts';
import type { Shape } from '../../graph/graph.ts';
import type { Layer } from '../../layers/layer.ts';
import type { OnnxWriter } from './writer.ts';

/** A node of ours on its way into an ONNX graph. Its tensors are there as [batch, channels, height, width]. */
export interface ExportedNode {
  readonly name: string;
  /** What its inputs are called there, and their shapes here: [height, width, channels]. */
  readonly inputs: readonly string[];
  readonly inputShapes: readonly Shape[];
  readonly output: Shape;
  /** Adds a parameter or buffer to the constants, in another shape if one is given. @returns its name there */
  constant(name: string, shape?: Shape): string;
  /** Adds what its output is. */
  result(opType: string, inputs: readonly string[], attributes?: Parameters<OnnxWriter['node']>[3]): void;
  /** Adds a node on the way there. @returns the name of its output */
  step(opType: string, inputs: readonly string[], attributes?: Parameters<OnnxWriter['node']>[3]): string;
}

/** How a kind of layer is written, or why it cannot be. */
export interface OnnxMapping {
  readonly op: string;
  readonly unsupported?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the options go from the layer's own schema to the layer's own mapping
  write(options: any, node: ExportedNode, to: OnnxWriter): void;
}

/** The mapping of a layer. @param write has to call {@link ExportedNode.result} once */
export const mapping = <Options>(
  // biome-ignore lint/suspicious/noExplicitAny: memory is the layer's own affair
  layer: Layer<Options, any>,
  write: (options: Options, node: ExportedNode, to: OnnxWriter) => void,
): OnnxMapping => ({ op: layer.op, write });

/** A layer that ONNX has nothing like. */
export const unsupported = ({ op }: { readonly op: string }, reason: string): OnnxMapping => ({
  op,
  unsupported: reason,
  write: () => refuse(`${op} cannot be exported: ${reason}`),
});

/** @throws CoreError `ONNX_UNSUPPORTED`; the caller adds the node's name */
export function refuse(message: string): never {
  throw new CoreError('ONNX_UNSUPPORTED', message);
}

/** A mapping to one operator without attributes. */
export const plainOperator = <Options>(layer: { readonly op: string }, opType: string): OnnxMapping => ({
  op: layer.op,
  write: (_: Options, node) => node.result(opType, node.inputs),
});
