import { encodeOnnx } from '../formats/onnx/export.ts';
import { foldBatchNorm } from '../graph/fold-batch-norm.ts';
import { elements, type Graph, type Shape } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import type { StateDict } from '../state.ts';
import { toChannelsFirst } from './channels-first.ts';
import { Network, testState } from './network.ts';
import { type Runtime, runOnnx } from './onnx-runtime.ts';
import { pseudoRandom, relativeError } from './values.ts';

/** How a network is exported, and run. */
interface Exported {
  readonly fold?: boolean;
  /** Of bytes, normalised inside by this. */
  readonly pictures?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  readonly batch?: number;
  /** Default: a random one. */
  readonly state?: StateDict;
}

/**
 * The largest relative difference between our evaluation and ONNX Runtime's of the exported file, over all outputs, of random
 * inputs.
 *
 * @throws Error for an output of another shape than ours
 */
export async function onnxDifference(
  runtime: Runtime,
  graph: Graph,
  { fold = false, pictures, batch = 3, state = testState(graph) }: Exported = {},
): Promise<number> {
  const inputs = graph.inputs.map(({ name, shape }, i) => {
    const bytes =
      pictures && i === 0 ? Uint8Array.from({ length: batch * elements(shape) }, (_, j) => (j * 89) % 256) : undefined;
    const data = bytes ? normalised(bytes, pictures!) : pseudoRandom(batch * elements(shape), 5 + i, 1, 0.1);
    return bytes
      ? { name, ours: data, data: bytes, dims: [batch, ...shape] }
      : { name, ours: data, data: toChannelsFirst(data, shape), dims: [batch, ...channelsFirst(shape)] };
  });
  const network = new Network({ graph, batch, shards: 1 });
  network.load(state);
  network.evaluate({
    inputs: Object.fromEntries(inputs.map(({ name, ours }) => [name, ours])),
    labels: new Array<number>(batch).fill(0),
  });
  const exported = fold ? foldBatchNorm(graph, state) : { graph, state };
  const outputs = await runOnnx(runtime, await encodeOnnx(exported.graph, exported.state, { pictures }), inputs);
  const { shapes } = resolveGraph(graph);
  const errors = graph.outputs
    .filter((name) => !Object.hasOwn(graph.auxiliary ?? {}, name))
    .map((name) => {
      const shape = shapes.get(name)!;
      const { data, dims } = outputs[name]!;
      const expected = [batch, ...channelsFirst(shape)].join('x');
      if (dims.join('x') !== expected) throw new Error(`${name} is ${dims.join('x')}, expected ${expected}`);
      return relativeError(data, toChannelsFirst(network.tensor(name), shape));
    });
  return Math.max(...errors);
}

const normalised = (bytes: Uint8Array, { mean, std }: NonNullable<Exported['pictures']>): Float32Array =>
  Float32Array.from(bytes, (byte, i) => (byte / 255 - mean[i % mean.length]!) / std[i % std.length]!);

const channelsFirst = (shape: Shape): Shape => [shape.at(-1)!, ...shape.slice(0, -1)];
