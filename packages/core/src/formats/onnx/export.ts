import { CoreError } from '../../errors.ts';
import type { Graph, Shape } from '../../graph/graph.ts';
import { type ResolvedNode, resolveGraph } from '../../graph/resolve.ts';
import { usedNodes } from '../../graph/used-nodes.ts';
import { stateLayout } from '../../plan/parameters.ts';
import { checkState, type StateDict } from '../../state.ts';
import type { ExportedNode } from './mapping.ts';
import { mappings } from './operators.ts';
import { elementTypes, encodeModel, type Fields, type ValueInfoProto } from './protobuf.ts';
import { OnnxWriter } from './writer.ts';

/** The version of the operators, and of the format that came with them. */
const opset = 17;
const irVersion = 8;

export interface OnnxExportOptions {
  /**
   * Makes the input uint8 [batch, height, width, channels], a picture as it is decoded, and puts the normalisation into the
   * graph: (x/255 − mean)/std of each channel. Default: float32 [batch, channels, height, width], normalised before.
   */
  readonly pictures?: { readonly mean: readonly number[]; readonly std: readonly number[] } | undefined;
  /** Text by name, kept in the file. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * A network for evaluation as an ONNX file: opset 17, any batch, tensors [batch, channels, height, width], weights by our names in
 * PyTorch's shapes and order, outputs by the names of the graph's, but for those that only help in training.
 *
 * @throws CoreError `ONNX_UNSUPPORTED` that names the node, `STATE_MISMATCH`, or what is wrong with the graph
 */
export async function encodeOnnx(graph: Graph, state: StateDict, options: OnnxExportOptions = {}): Promise<Uint8Array> {
  checkState(stateLayout(resolveGraph(graph)), state);
  const network = withoutAuxiliary(graph);
  const resolved = resolveGraph(network);
  const writer = new OnnxWriter(resolved.shapes.keys());
  const names = new Map([...resolved.shapes.keys()].map((name) => [name, name]));
  if (options.pictures) names.set(graph.inputs[0]!.name, pictureInput(graph, options.pictures, writer));
  for (const node of resolved.nodes) writeNode(node, names, state, writer);
  const { pictures, metadata = {} } = options;
  return await encodeModel({
    irVersion: BigInt(irVersion),
    producerName: 'lockstep',
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: graph.name,
      node: writer.nodes,
      initializer: writer.initializers,
      input: graph.inputs.map(({ name, shape }, i) =>
        pictures && i === 0
          ? tensorInfo(name, elementTypes.uint8, shape)
          : tensorInfo(name, elementTypes.float, channelsFirst(shape)),
      ),
      output: network.outputs.map((name) =>
        tensorInfo(name, elementTypes.float, channelsFirst(resolved.shapes.get(name)!)),
      ),
    },
  });
}

const channelsFirst = (shape: Shape): Shape => [shape.at(-1)!, ...shape.slice(0, -1)];

const tensorInfo = (name: string, elemType: number, shape: Shape): Fields<ValueInfoProto> => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType,
        shape: {
          dim: [
            { value: { case: 'dimParam', value: 'batch' } },
            ...shape.map((size) => ({ value: { case: 'dimValue', value: BigInt(size) } })),
          ],
        },
      },
    },
  } as Fields<NonNullable<ValueInfoProto['type']>>,
});

/** A network as it is in evaluation. */
function withoutAuxiliary(graph: Graph): Graph {
  const outputs = graph.outputs.filter((name) => !Object.hasOwn(graph.auxiliary ?? {}, name));
  const { auxiliary: _, ...rest } = graph;
  return { ...rest, outputs, nodes: usedNodes(graph.nodes, outputs) };
}

/** Normalises pictures of bytes. @returns what the network reads */
function pictureInput(
  { name: model, inputs }: Graph,
  { mean, std }: NonNullable<OnnxExportOptions['pictures']>,
  to: OnnxWriter,
): string {
  const [{ name, shape }] = inputs as [Graph['inputs'][0]];
  const channels = shape.at(-1)!;
  if (inputs.length !== 1 || shape.length !== 3 || mean.length !== channels || std.length !== channels) {
    throw new CoreError(
      'ONNX_UNSUPPORTED',
      `${model}: expected one input of pictures with a mean and std for each channel, got ${inputs.length} of ${shape.join('x')}, ${mean.length} means and ${std.length} stds`,
    );
  }
  const within = { within: name };
  const floats = to.node('Cast', [name], within, { to: elementTypes.float });
  const factor = to.floats(
    `${name}/factor`,
    [channels],
    Float32Array.from(std, (deviation) => 1 / (255 * deviation)),
  );
  const shift = to.floats(
    `${name}/shift`,
    [channels],
    Float32Array.from(mean, (value, i) => -value / std[i]!),
  );
  const normalised = to.node('Add', [to.node('Mul', [floats, factor], within), shift], within);
  return to.node('Transpose', [normalised], within, { perm: [0, 3, 1, 2] });
}

function writeNode(node: ResolvedNode, names: ReadonlyMap<string, string>, state: StateDict, to: OnnxWriter): void {
  const { name } = node;
  const shared = new Set(node.parameters.map((parameter) => parameter.name));
  const tensor = (own: string) => state.get(`${shared.has(own) ? node.parametersOf : name}.${own}`)!;
  const inputs = node.inputNames.map((input) => names.get(input)!);
  const exported: ExportedNode = {
    name,
    inputs,
    inputShapes: node.inputs,
    output: node.output,
    constant: (own, shape = tensor(own).shape) => to.floats(`${name}.${own}`, shape, tensor(own).data),
    step: (opType, from, attributes) => to.node(opType, from, { within: name }, attributes),
    result: (opType, from, attributes) => {
      to.node(opType, from, [name], attributes);
    },
  };
  const mapping = mappings.get(node.layer.op);
  if (!mapping) throw new CoreError('ONNX_UNSUPPORTED', `node "${name}": ${node.layer.op} cannot be exported yet`);
  try {
    mapping.write(node.options, exported, to);
  } catch (cause) {
    if (!(cause instanceof CoreError)) throw cause;
    throw new CoreError(cause.code, `node "${name}": ${cause.message}`, { cause });
  }
}
