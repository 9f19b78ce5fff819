import { CoreError } from '../../errors.ts';
import type { Graph, Shape } from '../../graph/graph.ts';
import { resolveGraph } from '../../graph/resolve.ts';
import { usedNodes } from '../../graph/used-nodes.ts';
import { stateLayout } from '../../plan/parameters.ts';
import { checkState, type StateDict } from '../../state.ts';
import { type Constant, readConstant } from './constants.ts';
import {
  attributeTypes,
  decodeModel,
  elementTypes,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
} from './protobuf.ts';
import { convolutionReaders, type OperatorReader } from './read-convolutions.ts';
import { elementwiseReaders, placeholder } from './read-elementwise.ts';
import { mapReaders } from './read-maps.ts';
import { structureReaders } from './read-structure.ts';
import { OnnxReader, type Tensor, type Value } from './reader.ts';

const readers: ReadonlyMap<string, OperatorReader> = new Map(
  [convolutionReaders, elementwiseReaders, mapReaders, structureReaders].flatMap((group) => Object.entries(group)),
);

export interface OnnxImportOptions {
  /** [height, width] of the input, where the file leaves it open. */
  readonly size?: readonly [height: number, width: number] | undefined;
}

/**
 * A network of an ONNX file as a graph of ours, for evaluation and for training on. Where an operator has no layer of ours, several
 * may be one (x·sigmoid(x) is `silu`), and what scales and shifts channels goes into the layer before. Nodes are named as the
 * file's weights are, without `.weight`, or else as its tensors.
 *
 * @param where what a message calls the file
 * @throws CoreError `FORMAT_INVALID` for a damaged file, `ONNX_UNSUPPORTED` that names the node and its operator
 */
export async function decodeOnnx(
  file: Uint8Array,
  where: string,
  options: OnnxImportOptions = {},
): Promise<{ graph: Graph; state: StateDict }> {
  const invalid = (what: string, cause?: unknown) =>
    new CoreError('FORMAT_INVALID', `${where} is not a valid ONNX file: ${what}`, { cause });
  let model: ModelProto;
  try {
    model = await decodeModel(file);
  } catch (cause) {
    throw invalid(`it cannot be decoded (${cause instanceof Error ? cause.message : cause})`, cause);
  }
  const { graph } = model;
  if (!graph || graph.node.length === 0) throw invalid('it has no nodes');
  const values = new Map<string, Value>();
  for (const tensor of graph.initializer) values.set(tensor.name, readConstant(tensor, invalid));
  const inputs = graph.input
    .filter(({ name }) => !values.has(name))
    .map((info) => inputOf(info, graph.node, options, invalid));
  for (const tensor of inputs) values.set(tensor.name, tensor);
  const uses = [...graph.node.flatMap(({ input }) => input), ...graph.output.map(({ name }) => name)];
  const counts = new Map<string, number>();
  for (const name of uses) counts.set(name, (counts.get(name) ?? 0) + 1);
  const reader = new OnnxReader(
    opsetOf(model, invalid),
    inputs.map(({ name }) => name),
    counts,
  );
  for (const node of graph.node) readNode(node, reader, values, counts, invalid);
  const outputs = graph.output.map(({ name }) => {
    reader.node = { ...graph.node[0]!, name, output: [name], opType: 'the output' };
    const value = values.get(name);
    if (!value) throw invalid(`no node makes its output "${name.slice(0, 80)}"`);
    return reader.tensor(value).name;
  });
  const imported: Graph = {
    name: graph.name || 'onnx',
    inputs: inputs.map(({ name, shape }) => ({ name, shape })),
    nodes: usedNodes(reader.nodes, outputs),
    outputs,
  };
  const left = imported.nodes.find(({ op }) => op === placeholder);
  if (left) throw new CoreError('ONNX_UNSUPPORTED', `node "${left.name}": Erf is only known as a part of GELU`);
  const layout = stateLayout(resolveGraph(imported));
  const names = [...layout.parameters, ...layout.buffers].map(({ name }) => name);
  const state = new Map(names.flatMap((name) => (reader.state.has(name) ? [[name, reader.state.get(name)!]] : [])));
  checkState(layout, state);
  return { graph: imported, state };
}

/** The oldest operators that can be read: before, they matched axes by attributes. */
const oldest = 7;

function opsetOf({ opsetImport }: ModelProto, invalid: (what: string) => Error): number {
  const version = Number(opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0);
  if (version >= oldest) return version;
  throw invalid(
    version > 0
      ? `it has opset ${version}, and from ${oldest} on they can be read`
      : 'it does not say which opset it has',
  );
}

function inputOf(
  { name, type }: ValueInfoProto,
  nodes: readonly NodeProto[],
  { size }: OnnxImportOptions,
  invalid: (what: string) => Error,
): Tensor {
  const what = `its input "${name.slice(0, 80)}"`;
  const { elemType, shape } = (type?.value.case === 'tensorType' && type.value.value) || {};
  if (!shape) throw invalid(`${what} has no shape`);
  if (elemType !== elementTypes.float && elemType !== elementTypes.float16) {
    throw new CoreError(
      'ONNX_UNSUPPORTED',
      `${what} has the element type ${elemType}: only floats can be read; export it without --pictures`,
    );
  }
  const dims = shape.dim.slice(1).map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : -1));
  const all = nodes.filter(({ input }) => input.includes(name));
  const channelsLast =
    dims.length === 3 &&
    all.length > 0 &&
    all.every(({ opType, attribute }) => opType === 'Transpose' && attribute[0]?.ints.join() === '0,3,1,2');
  const sized = dims.length === 3 && size ? (channelsLast ? [...size, dims[2]!] : [dims[0]!, ...size]) : dims;
  if (sized.some((axis) => !Number.isSafeInteger(axis) || axis < 1) || sized.length < 1 || sized.length > 3) {
    throw new CoreError(
      'ONNX_UNSUPPORTED',
      `${what} has the shape [${shape.dim.map(({ value }) => String(value.value ?? '?')).join(', ')}]: expected [batch, features] or [batch, channels, height, width], where height and width are numbers or given`,
    );
  }
  const own: Shape = channelsLast ? sized : [...sized.slice(1), sized[0]!];
  return { kind: 'tensor', name, shape: own, dims: sized, channelsLast, exclusive: false };
}

function readNode(
  node: NodeProto,
  reader: OnnxReader,
  values: Map<string, Value>,
  counts: ReadonlyMap<string, number>,
  invalid: (what: string) => Error,
): void {
  reader.node = node;
  reader.attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
  const [output] = node.output;
  if (output === undefined) throw invalid(`node "${node.name.slice(0, 80)}" has no output`);
  const value = node.opType === 'Constant' ? constantOf(reader, invalid) : result(node, reader, values, invalid);
  const once = (counts.get(output) ?? 0) <= 1;
  values.set(output, value.kind === 'tensor' && !once ? { ...value, exclusive: false } : value);
}

function result(
  node: NodeProto,
  reader: OnnxReader,
  values: ReadonlyMap<string, Value>,
  invalid: (what: string) => Error,
): Value {
  const read = node.domain === '' || node.domain === 'ai.onnx' ? readers.get(node.opType) : undefined;
  if (!read) reader.refuse(`${node.domain ? `of the domain ${node.domain} ` : ''}is an operator that cannot be read; there are ${[...readers.keys()].join(', ')}`); // biome-ignore format: one line
  const inputs = node.input.map((name) => {
    const value = values.get(name);
    if (name !== '' && !value)
      throw invalid(`node "${node.name.slice(0, 80)}" reads "${name.slice(0, 80)}", which nothing before it makes`);
    return value;
  });
  return read(reader, inputs);
}

function constantOf(reader: OnnxReader, invalid: (what: string) => Error): Constant {
  const { type, t, f, i, floats, ints } = [...reader.attributes.values()][0] ?? reader.refuse('has no value');
  const { tensor, float, int } = attributeTypes;
  if (type === tensor && t) return readConstant(t, invalid);
  if (type === float || type === int) return { kind: 'constant', dims: [], values: [type === float ? f : Number(i)] };
  const list = type === attributeTypes.floats ? floats : type === attributeTypes.ints ? ints.map(Number) : undefined;
  return list
    ? { kind: 'constant', dims: [list.length], values: list }
    : reader.refuse('has a value that cannot be read');
}
