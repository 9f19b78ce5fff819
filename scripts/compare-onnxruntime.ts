/**
 * Exports every network to ONNX and compares ONNX Runtime's evaluation with ours, by random weights: with batch norm, with it folded
 * into the convolutions, and with pictures of bytes that are normalised inside; batches of three, two and one, which one file takes.
 * Prints the table of docs/onnx.md, and fails where a difference is 1e-4 or more, or ONNX's checker refuses a file.
 *
 *     LOCKSTEP_PEERS=/tmp/peers node scripts/compare-onnxruntime.ts [NAME …]
 *
 * LOCKSTEP_PEERS is a folder in which `onnxruntime-node` is installed: see packages/core/src/testing/peers.ts.
 */
import {
  createModel,
  elements,
  encodeOnnx,
  type Graph,
  modelInfo,
  modelNames,
  type StateDict,
} from '../packages/core/src/index.ts';
import { testState } from '../packages/core/src/testing/network.ts';
import { checkOnnx } from '../packages/core/src/testing/onnx-checker.ts';
import { onnxDifference } from '../packages/core/src/testing/onnx-numbers.ts';
import { onnxRuntime } from '../packages/core/src/testing/onnx-runtime.ts';
import { settledState } from '../packages/core/src/testing/settled-state.ts';
import { pseudoRandom } from '../packages/core/src/testing/values.ts';

const runtime = onnxRuntime();
if (!runtime) throw new Error('expected LOCKSTEP_PEERS to name a folder with onnxruntime-node');

/** A model of small pictures: of 64², or the least that it takes. */
function small(name: string): Graph {
  const channels = modelInfo(name).original.inputShape[2]!;
  const least: Readonly<Record<string, number>> = { deconvnet: 224, 'inception-v3': 299, 'inception-v3-no-aux': 75 };
  const size = least[name] ?? (name.startsWith('alexnet-') ? 67 : 64);
  return createModel(name, { inputShape: [size, size, channels], classes: 10 });
}

/** A random state; one that keeps what is computed small where there is squeeze-and-excitation. */
function stateOf(graph: Graph): StateDict {
  if (!graph.nodes.some(({ op }) => op === 'multiply')) return testState(graph);
  const labels = [0, 1, 2, 3];
  const input = pseudoRandom(labels.length * elements(graph.inputs[0]!.shape), 3, 1.7);
  return settledState(graph, { inputs: { input }, labels });
}

const figure = (value: number | undefined): string => value?.toExponential(1) ?? '';
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
console.log(row(['network', 'as it is', 'folded', 'bytes', 'checker']));
console.log('| --- | ---: | ---: | ---: | --- |');
const failed: string[] = [];
const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : modelNames()) {
  const graph = small(name);
  const channels = graph.inputs[0]!.shape[2]!;
  const pictures = { mean: new Array<number>(channels).fill(0.45), std: new Array<number>(channels).fill(0.225) };
  const state = stateOf(graph);
  const differences = [
    await onnxDifference(runtime, graph, { state }),
    await onnxDifference(runtime, graph, { state, fold: true, batch: 2 }),
    await onnxDifference(runtime, graph, { state, pictures, batch: 1 }),
  ];
  const answers = checkOnnx([await encodeOnnx(graph, state)]);
  const verdict = answers === undefined ? 'absent' : (answers[0] ?? 'valid');
  console.log(row([name, ...differences.map(figure), verdict]));
  // Where two values in a pooling's window are equal but for rounding, unpooling puts one of them at either place.
  const scattered = graph.nodes.some(({ op }) => op === 'maxUnpool2d');
  if (!(Math.max(...differences) < 1e-4 || scattered) || !['valid', 'absent'].includes(verdict)) failed.push(name);
}
if (failed.length > 0) {
  console.error(`too far apart, or not valid: ${failed.join(', ')}`);
  process.exitCode = 1;
}
