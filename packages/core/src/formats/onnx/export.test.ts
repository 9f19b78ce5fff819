import { describe, expect, it } from 'vitest';
import { GraphBuilder, sequential } from '../../graph/builder.ts';
import type { Graph, Shape } from '../../graph/graph.ts';
import * as layers from '../../index.ts';
import { layerOps } from '../../layers/registry.ts';
import { createModel } from '../../models/model.ts';
import { normalised, resampled, residual } from '../../testing/graphs.ts';
import { around, layerCases, map } from '../../testing/layer-cases.ts';
import { testState } from '../../testing/network.ts';
import { onnxDifference } from '../../testing/onnx-numbers.ts';
import { onnxRuntime } from '../../testing/onnx-runtime.ts';
import { randomGraph } from '../../testing/random-graph.ts';
import { encodeOnnx } from './export.ts';
import { mappings } from './operators.ts';
import { decodeModel } from './protobuf.ts';

const runtime = onnxRuntime();

/** A graph with something else in the place of what ONNX does not have. */
const exportable = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) => {
    if (node.op === 'locallyConnected2d') return { ...node, op: 'relu', options: {} };
    if (node.op === 'adaptiveMaxPool2d') return { ...node, options: { outputSize: [3, 1] } };
    return node;
  }),
});

describe('encodeOnnx', () => {
  it('knows every layer, or says why not', () => {
    expect([...mappings.keys()].sort()).toEqual(layerOps().sort());
    expect([...mappings.values()].filter(({ unsupported }) => unsupported).map(({ op }) => op)).toEqual([
      'locallyConnected2d',
    ]);
    const tested = [...layerCases.map(([{ op }]) => op), 'maxUnpool2d'];
    const untested = [...mappings.values()].filter(({ op, unsupported }) => !unsupported && !tested.includes(op));
    expect(untested).toEqual([]);
  });

  it('writes opset 17, any batch, and our names', async () => {
    const graph = residual();
    const state = testState(graph);
    const model = await decodeModel(await encodeOnnx(graph, state, { metadata: { classes: '["a","b","c"]' } }));
    expect(model.opsetImport).toMatchObject([{ domain: '', version: 17n }]);
    expect(model.metadataProps).toMatchObject([{ key: 'classes', value: '["a","b","c"]' }]);
    const { input, output, node, initializer } = model.graph!;
    const dims = (info: typeof input) =>
      info.map(({ name, type }) => [
        name,
        type?.value.case === 'tensorType' ? type.value.value.shape?.dim.map(({ value }) => value.value) : undefined,
      ]);
    expect(dims(input)).toEqual([['input', ['batch', 2n, 6n, 5n]]]);
    expect(dims(output)).toEqual([['fc', ['batch', 3n]]]);
    expect(node.map(({ opType }) => opType)).toEqual(
      'Conv BatchNormalization Relu Conv BatchNormalization Add Relu GlobalAveragePool Flatten Gemm'.split(' '),
    );
    expect(initializer.map(({ name }) => name).sort()).toEqual([...state.keys()].sort());
    const weight = initializer.find(({ name }) => name === 'conv2.weight')!;
    expect(weight.dims).toEqual([5n, 5n, 3n, 3n]);
    expect(new Float32Array(weight.rawData.slice().buffer)).toEqual(state.get('conv2.weight')!.data);
  });

  it.each([
    [
      layers.locallyConnected2d({ outChannels: 2, kernelSize: 3 }),
      'locallyConnected2d cannot be exported: ONNX has no operator',
    ],
    [layers.pad2d({ padding: 1, mode: 'circular' }), 'a circular border cannot be exported'],
    [layers.conv2d({ outChannels: 2, kernelSize: 3, padding: 1, paddingMode: 'circular' }), 'a circular border'],
    [layers.localResponseNorm({ size: 4 }), 'localResponseNorm of size 4 cannot be exported'],
    [layers.adaptiveMaxPool2d({ outputSize: 2 }), 'adaptiveMaxPool2d to 2x2 from 9x7x4 cannot be exported'],
  ])('refuses %j by node and reason', async (call, message) => {
    const graph = around(call, map);
    await expect(encodeOnnx(graph, testState(graph))).rejects.toMatchObject({
      code: 'ONNX_UNSUPPORTED',
      message: expect.stringContaining(`node "layer": ${message}`),
    });
  });

  it('refuses weights of another network', async () => {
    await expect(encodeOnnx(residual(), new Map())).rejects.toMatchObject({ code: 'STATE_MISMATCH' });
  });

  it('leaves out what only helps in training, and has shared parameters in each place', async () => {
    const net = new GraphBuilder('two', [2, 2, 3]);
    const first = net.add('first', layers.conv2d({ outChannels: 3, kernelSize: 1 }), net.input);
    const pooled = net.add('pool', layers.globalAvgPool2d(), net.share('second', 'first', first));
    const aux = net.add('aux', layers.linear({ outFeatures: 2 }), net.add('auxPool', layers.globalAvgPool2d(), first));
    const graph = { ...net.build(pooled, aux), auxiliary: { aux: 0.3 } };
    const { graph: written } = await decodeModel(await encodeOnnx(graph, testState(graph)));
    expect(written!.output.map(({ name }) => name)).toEqual(['pool']);
    expect(written!.node.map(({ opType }) => opType)).toEqual(['Conv', 'Conv', 'GlobalAveragePool', 'Flatten']);
    const weights = written!.initializer.filter(({ name }) => name.includes('weight'));
    expect(weights.map(({ name }) => name)).toEqual(['first.weight', 'second.weight']);
    expect(weights[1]!.rawData).toEqual(weights[0]!.rawData);
  });

  it('keeps apart names that ONNX has for one', async () => {
    const graph = sequential('names', [2, 2, 3], [
      ['a', layers.conv2d({ outChannels: 2, kernelSize: 1 })],
      ['a.weight', layers.silu()],
      ['a.weight/Sigmoid', layers.relu()],
    ]); // biome-ignore format: as a table
    const { graph: written } = await decodeModel(await encodeOnnx(graph, testState(graph)));
    const names = [...written!.node.flatMap(({ output }) => output), ...written!.initializer.map(({ name }) => name)];
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.runIf(runtime)('encodeOnnx: what ONNX Runtime makes of it', () => {
  it.each(layerCases)('%j of %j', async (call, shape: Shape = map, inputs: number = 1) => {
    expect(await onnxDifference(runtime!, around(call, shape, inputs))).toBeLessThan(1e-5);
  });

  it('channels multiplied by a vector and by a map of one pixel', async () => {
    for (const pool of [layers.globalAvgPool2d(), layers.adaptiveAvgPool2d({ outputSize: 1 })]) {
      const net = new GraphBuilder('scaled', map);
      const gate = net.add('gate', layers.sigmoid(), net.add('pool', pool, net.input));
      const scaled = net.add('scaled', layers.multiply(), net.input, gate);
      const logits = net.add('logits', layers.globalAvgPool2d(), scaled);
      expect(await onnxDifference(runtime!, net.build(logits, scaled))).toBeLessThan(1e-5);
    }
  });

  it.each([
    ['normalised', normalised()],
    ['resampled, with maxUnpool2d', exportable(resampled())],
    ['residual', residual()],
  ])('%s', async (_, graph) => {
    expect(await onnxDifference(runtime!, graph)).toBeLessThan(1e-4);
  });

  it('random graphs', async () => {
    for (let seed = 0; seed < 30; seed++) {
      expect(await onnxDifference(runtime!, exportable(randomGraph(seed))), `seed ${seed}`).toBeLessThan(1e-4);
    }
  });

  // One of each kind; scripts/compare-onnxruntime.ts goes through all.
  it.each([
    ...['lenet5', 'resnet20-a', 'densenet100-cifar', 'mobilenet-v2', 'efficientnet-b0', 'googlenet', 'nasnet-a-mobile'],
  ])('%s, with batch norm and with it folded', async (name) => {
    const graph = createModel(name, { inputShape: [32, 32, 3], classes: 10 });
    expect(await onnxDifference(runtime!, graph)).toBeLessThan(1e-4);
    expect(await onnxDifference(runtime!, graph, { fold: true, batch: 1 })).toBeLessThan(1e-4);
  });

  it('pictures of bytes, normalised inside', async () => {
    const pictures = { mean: [0.4, 0.6], std: [0.2, 0.3] };
    expect(await onnxDifference(runtime!, residual(), { pictures })).toBeLessThan(1e-5);
  });
});
