import { expect, it } from 'vitest';
import { foldBatchNorm } from '../../graph/fold-batch-norm.ts';
import type { Graph } from '../../graph/graph.ts';
import { createModel } from '../../models/model.ts';
import { residual } from '../../testing/graphs.ts';
import { around, layerCases, map } from '../../testing/layer-cases.ts';
import { testState } from '../../testing/network.ts';
import { checkOnnx } from '../../testing/onnx-checker.ts';
import { encodeOnnx } from './export.ts';
import { decodeModel, encodeModel } from './protobuf.ts';

/** Small ones, of each kind; scripts/compare-onnxruntime.ts goes through all. */
const models = [
  ...['lenet5', 'resnet20-a', 'densenet100-cifar', 'mobilenet-v2', 'efficientnet-b0', 'googlenet', 'nasnet-a-cifar'],
];

it("is valid by ONNX's own checker: every layer, networks, folded batch norm, pictures of bytes", {
  timeout: 120_000,
}, async ({ skip }) => {
  const networks: [name: string, graph: Graph][] = models.map((name) => [
    name,
    createModel(name, { inputShape: [32, 32, 3], classes: 10 }),
  ]);
  const exports: [name: string, file: Uint8Array][] = [];
  for (const [call, shape = map, inputs = 1] of layerCases) {
    const graph = around(call, shape, inputs);
    exports.push([JSON.stringify(call), await encodeOnnx(graph, testState(graph))]);
  }
  for (const [name, graph] of networks) {
    const folded = foldBatchNorm(graph, testState(graph));
    exports.push([name, await encodeOnnx(graph, testState(graph))]);
    exports.push([`${name}, folded`, await encodeOnnx(folded.graph, folded.state)]);
  }
  const graph = residual();
  const pictures = { mean: [0.4, 0.6], std: [0.2, 0.3] };
  const bytes = await encodeOnnx(graph, testState(graph), { pictures });
  exports.push(['bytes', bytes]);
  const model = await decodeModel(bytes);
  model.graph!.node[0]!.opType = 'Relux';
  const broken = await encodeModel(model as never);

  const answers = checkOnnx([...exports.map(([, file]) => file), broken]);
  skip(answers === undefined, 'there is no ONNX checker (Debian: python3-onnx)');
  expect(answers!.at(-1)).toContain('Relux');
  const wrong = exports.flatMap(([name], i) => (answers![i] === undefined ? [] : [`${name}: ${answers![i]}`]));
  expect(wrong).toEqual([]);
});
