import { describe, expect, it } from 'vitest';
import { elements } from '../../graph/graph.ts';
import { Network } from '../../testing/network.ts';
import { peerFile, requirePeer } from '../../testing/peers.ts';
import { pseudoRandom, relativeError } from '../../testing/values.ts';
import { floatBytes } from '../float-types.ts';
import { decodeTfjs } from './import.ts';

type Config = Readonly<Record<string, unknown>>;
type Weights = Readonly<Record<string, readonly [shape: readonly number[], values: readonly number[]]>>;

/** A `model.json` and its one file of weights. */
function sequentialModel(layers: readonly (readonly [kind: string, config: Config])[], weights: Weights = {}) {
  const entries = Object.entries(weights);
  const json = {
    modelTopology: {
      class_name: 'Sequential',
      config: layers.map(([class_name, config], i) => ({ class_name, config: { name: `l${i}`, ...config } })),
    },
    weightsManifest: [
      { paths: ['w.bin'], weights: entries.map(([name, [shape]]) => ({ name, shape, dtype: 'float32' })) },
    ],
  };
  return { json, bytes: floatBytes(Float32Array.from(entries.flatMap(([, [, values]]) => values))) };
}

const decode = ({ json, bytes }: { json: unknown; bytes: Uint8Array }) =>
  decodeTfjs(JSON.stringify(json), async () => bytes, 'model.json');

/** What our network makes of some samples, all inputs but one as zeros. */
async function evaluated(model: Awaited<ReturnType<typeof decodeTfjs>>, samples: Float32Array): Promise<Float32Array> {
  const { graph, state } = model;
  const { name, shape } = graph.inputs[0]!;
  const batch = samples.length / elements(shape);
  const network = new Network({ graph, batch, shards: 1 });
  network.load(state);
  network.evaluate({ inputs: { [name]: samples }, labels: new Array<number>(batch).fill(0) });
  return network.tensor(graph.outputs[0]!);
}

describe('decodeTfjs', () => {
  it('puts weights in our order, also those behind a Flatten of channels that come last', async () => {
    const model = await decode(
      sequentialModel(
        [
          ['Conv2D', { filters: 2, kernel_size: [1, 2], activation: 'relu', batch_input_shape: [null, 2, 2, 1] }],
          ['Flatten', {}],
          ['Dropout', { rate: 0.5 }],
          ['Dense', { units: 2, use_bias: false }],
        ],
        {
          // [height, width, in, out]: the left pixel times 1 and 10, the right one times 2 and −20.
          'l0/kernel': [[1, 2, 1, 2], [1, 10, 2, -20]],
          'l0/bias': [[2], [0.5, 100]],
          // Of pixel 0: channels 0, 1; of pixel 1: channels 0, 1.
          'l3/kernel': [[4, 2], [1, 0, 10, 0, 100, 0, 0, 1]],
        },
      ), // biome-ignore format: as a table
    );
    // Rows [1, 2] and [3, 4]: channel 0 is 1 + 2·2 + ½ = 5½ and 11½, channel 1 is 10 − 40 + 100 = 70 and 30 − 80 + 100 = 50.
    // Keras's flat vector is 5½, 70, 11½, 50: outputs 5½ + 700 + 1150 and 50.
    expect([...(await evaluated(model, Float32Array.of(1, 2, 3, 4)))]).toEqual([1855.5, 50]);
    expect(model.graph.nodes.map(({ name, op }) => `${name} ${op}`)).toEqual([
      'l0 conv2d',
      'l0/activation relu',
      'l1 flatten',
      'l2 dropout',
      'l3 linear',
    ]);
    expect(model.state.get('l0.weight')).toEqual({ shape: [2, 1, 1, 2], data: Float32Array.of(1, 2, 10, -20) });
    expect(model.state.get('l3.weight')).toEqual({
      shape: [2, 4],
      data: Float32Array.of(1, 100, 10, 0, 0, 0, 0, 1),
    });
  });

  it('reads quantised weights', async () => {
    const { json } = sequentialModel([['Dense', { units: 1, batch_input_shape: [null, 2] }]]);
    const weights = [
      { name: 'l0/kernel', shape: [2, 1], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
      { name: 'l0/bias', shape: [1], dtype: 'float32', quantization: { dtype: 'float16' } },
    ];
    const quantised = { ...json, weightsManifest: [{ paths: ['a', 'b'], weights }] };
    const shards = { a: Uint8Array.of(4), b: Uint8Array.of(255, 0x00, 0x3e) };
    const read = async (name: string) => shards[name as 'a' | 'b'];
    const { state } = await decodeTfjs(JSON.stringify(quantised), read, 'f');
    expect([...state.get('l0.weight')!.data, ...state.get('l0.bias')!.data]).toEqual([1, 126.5, 1.5]);
  });

  const dense = { units: 1, batch_input_shape: [null, 2] };
  const kernel = { 'l0/kernel': [[2, 1], [1, 2]], 'l0/bias': [[1], [3]] } as const; // biome-ignore format: one line
  it.each<readonly [what: string, model: ReturnType<typeof sequentialModel>, message: string]>([
    ['another kind of layer', sequentialModel([['LSTM', { batch_input_shape: [null, 3] }]]), 'layer "l0" (LSTM) is of a kind that cannot be read; there are Activation'],
    ['an open size', sequentialModel([['Flatten', { batch_input_shape: [null, null, 3, 1] }]]), 'layer "l0" (Flatten) reads [, , 3, 1]'],
    ['no input shape', sequentialModel([['Flatten', {}]]), 'has no batch_input_shape'],
    ['channels first', sequentialModel([['Flatten', { batch_input_shape: [null, 3, 3, 1], data_format: 'channels_first' }]]), 'cannot be read: '],
    ['another activation', sequentialModel([['Dense', { ...dense, activation: 'selu' }]], kernel), 'has the activation selu; there are gelu'],
    ['a missing weight', sequentialModel([['Dense', dense]], { 'l0/kernel': kernel['l0/kernel'] }), 'has no weight "l0/bias"'],
    ['a kernel of another size', sequentialModel([['Dense', { ...dense, batch_input_shape: [null, 3] }]], kernel), 'has a kernel for 2 features, got 3'],
    ['a kernel with other axes', sequentialModel([['Dense', dense]], { ...kernel, 'l0/kernel': [[2], [1, 2]] }), 'has a kernel of 2, expected 2 axes'],
    ['a flattened map given out', sequentialModel([['Flatten', { batch_input_shape: [null, 3, 3, 2] }]]), 'gives out a map that was flattened'],
    ['a dense layer of a map', sequentialModel([['Dense', { units: 1, batch_input_shape: [null, 3, 3, 2] }]], kernel), 'expects a vector, got 3x3x2'],
    ['a kernel that does not fit', sequentialModel([['MaxPooling2D', { pool_size: 5, batch_input_shape: [null, 3, 3, 2] }]]), 'does not fit: maxPool2d'],
  ])('refuses %s by layer', async (_, model, message) => {
    await expect(decode(model)).rejects.toMatchObject({
      code: 'TFJS_UNSUPPORTED',
      message: expect.stringContaining(message),
    });
  }); // biome-ignore format: as a table

  const good = sequentialModel([['Dense', dense]], kernel);
  const withWeights = (change: object) => {
    const [group] = good.json.weightsManifest;
    return { ...good.json, weightsManifest: [{ ...group, ...change }] };
  };
  const weight = (change: object) => withWeights({ weights: [{ name: 'w', shape: [3], dtype: 'float32', ...change }] });
  it.each<readonly [what: string, json: unknown, bytes: Uint8Array, message: string]>([
    ['no model', {}, good.bytes, 'is not a layers-model of TensorFlow.js'],
    ['a graph model', { ...good.json, modelTopology: { node: [] } }, good.bytes, 'is not a layers-model'],
    ['too few bytes', good.json, good.bytes.subarray(4), 'w.bin have 8 bytes, expected 12'],
    ['too many bytes', good.json, new Uint8Array(16), 'w.bin have 16 bytes, expected 12'],
    ['a file elsewhere', withWeights({ paths: ['../../etc/passwd'] }), good.bytes, 'the file of weights "../../etc/passwd" is not beside it'],
    ['an absolute file', withWeights({ paths: ['/etc/passwd'] }), good.bytes, 'is not beside it'],
    ['a folder', withWeights({ paths: ['..'] }), good.bytes, 'is not beside it'],
    ['integers', weight({ dtype: 'int32' }), good.bytes, 'has the type int32'],
    ['an unknown quantisation', weight({ quantization: { dtype: 'int4' } }), good.bytes, 'has the type int4'],
    ['half a size', weight({ shape: [1.5, 2] }), good.bytes, 'is not a layers-model'],
    ['sizes without end', weight({ shape: [2 ** 50, 2 ** 50] }), good.bytes, 'of 1125899906842624x1125899906842624'],
    ['a negative size', weight({ shape: [-1, -3] }), good.bytes, 'is not a layers-model'],
  ])('refuses %s', async (_, json, bytes, message) => {
    await expect(decode({ json, bytes })).rejects.toMatchObject({
      code: 'FORMAT_INVALID',
      message: expect.stringContaining(message),
    });
  }); // biome-ignore format: as a table

  it('refuses what is no JSON', async () => {
    await expect(decodeTfjs('{', async () => new Uint8Array(0), 'model.json')).rejects.toThrow(
      'model.json is not JSON',
    );
  });
});

/** What the test uses of `@tensorflow/tfjs`. */
interface TensorFlow {
  readonly layers: Readonly<Record<string, (config: Config) => { apply(input: unknown): unknown }>>;
  input(config: Config): unknown;
  model(config: Config): Model;
  tensor(values: Float32Array, shape: readonly number[]): unknown;
  readonly io: { withSaveHandler(handler: (artifacts: Artifacts) => Promise<object>): unknown };
}
interface Model {
  getWeights(): readonly { readonly shape: number[]; readonly size: number }[];
  setWeights(weights: readonly unknown[]): void;
  predict(input: unknown): { dataSync(): Float32Array };
  save(handler: unknown): Promise<unknown>;
}
interface Artifacts {
  readonly modelTopology: object;
  readonly weightSpecs: readonly object[];
  readonly weightData: ArrayBuffer;
}

describe.runIf(peerFile('@tensorflow/tfjs'))('decodeTfjs: what TensorFlow.js wrote', () => {
  it('computes the same: uneven borders, depthwise, pooling, batch norm, branches', async () => {
    const tf = requirePeer('@tensorflow/tfjs') as TensorFlow;
    const apply = (kind: string, config: Config, input: unknown) => tf.layers[kind]!(config).apply(input);
    const input = tf.input({ shape: [11, 8, 3] });
    const stem = apply(
      'conv2d',
      { filters: 6, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu6' },
      input,
    );
    const deep = apply('depthwiseConv2d', { kernelSize: [2, 3], depthMultiplier: 2, padding: 'same' }, stem);
    const norm = apply('batchNormalization', { epsilon: 0.01 }, deep);
    const left = apply('maxPooling2d', { poolSize: 2, strides: 2, padding: 'same' }, apply('reLU', {}, norm));
    const right = apply('averagePooling2d', { poolSize: 3, strides: 2, padding: 'same' }, apply('zeroPadding2d', { padding: [[0, 0], [0, 0]] }, norm)); // biome-ignore format: one line
    const sum = apply('add', {}, [left, right]);
    const joined = apply('concatenate', {}, [sum, left]);
    const flat = apply('batchNormalization', { scale: false }, apply('flatten', {}, joined));
    const hidden = apply('dense', { units: 7, activation: 'tanh' }, flat);
    const pooled = apply('globalAveragePooling2d', {}, joined);
    const both = apply('concatenate', {}, [apply('dropout', { rate: 0.3 }, hidden), pooled]);
    const model = tf.model({ inputs: input, outputs: apply('dense', { units: 4, activation: 'softmax' }, both) });
    model.setWeights(
      model
        .getWeights()
        .map(({ shape, size }, i) => tf.tensor(pseudoRandom(size, i, 0.4, shape.length === 1 ? 0.6 : 0), shape)),
    );
    let saved: Artifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return {};
      }),
    );
    const json = {
      modelTopology: saved!.modelTopology,
      weightsManifest: [{ paths: ['weights.bin'], weights: saved!.weightSpecs }],
    };
    const samples = pseudoRandom(2 * 11 * 8 * 3, 99);
    const expected = model.predict(tf.tensor(samples, [2, 11, 8, 3])).dataSync();
    const got = await evaluated(await decode({ json, bytes: new Uint8Array(saved!.weightData) }), samples);
    expect(relativeError(got, expected)).toBeLessThan(1e-5);
  });
});
