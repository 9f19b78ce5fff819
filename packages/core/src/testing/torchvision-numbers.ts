import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors } from '../formats/safetensors.ts';
import type { Graph } from '../graph/graph.ts';
import { createModel } from '../models/model.ts';
import type { StateDict } from '../state.ts';
import { type Batch, Network } from './network.ts';
import { runPython } from './python.ts';
import { relativeError } from './values.ts';

/** The largest difference of any element of each kind, relative to the largest of its tensor. */
export interface Differences {
  readonly logits: number;
  readonly loss: number;
  readonly statistics: number;
  /**
   * With SiLU for every ReLU; relative to the tensor's largest, or a thousandth of the largest of all: some gradients are 0 but for
   * rounding, such as those of a bias before batch norm.
   */
  readonly gradients: number;
}

const script = new URL('../goldens/torchvision-numbers.py', import.meta.url);

/**
 * Compares a network with torchvision's, of the same random weights on the same small batch: logits in evaluation; loss,
 * gradients and running statistics in training.
 *
 * @returns undefined where there is no torchvision
 */
export function compareWithTorchvision(name: string, size: number): Differences | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-torchvision-'));
  try {
    if (runPython(script, [folder, `${name}:${size}`]) === undefined) return undefined;
    const file = join(folder, `${name}.safetensors`);
    return differences(name, size, decodeSafetensors(readFileSync(file), file).state);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function differences(name: string, size: number, theirs: StateDict): Differences {
  const data = (key: string): Float32Array => theirs.get(key)!.data;
  const under = (prefix: string): [string, Float32Array][] =>
    [...theirs].filter(([key]) => key.startsWith(prefix)).map(([key, { data }]) => [key.slice(prefix.length), data]);
  const labels = [...data('labels')];
  const created = createModel(name, { inputShape: [size, size, 3], classes: 10 });
  const graph = withoutDropout(created);
  const network = new Network({ graph, batch: labels.length, shards: 2 });
  const state = new Map(
    [...theirs].filter(([key]) => key.startsWith('state/')).map(([key, value]) => [key.slice('state/'.length), value]),
  );
  network.load(state);
  const batch = { inputs: { input: channelsLast(data('images'), 3, size * size) }, labels };
  network.evaluate(batch);
  const logits = relativeError(network.tensor(graph.outputs[0]!), data('logits'));
  network.train(batch);
  const statistics = network.nextBuffers();
  return {
    logits,
    loss: Math.abs(network.loss() / data('loss')[0]! - 1),
    statistics: Math.max(
      0,
      ...under('statistics/').map(([key, values]) => relativeError(statistics.get(key)!, values)),
    ),
    gradients: gradientDifference(graph, state, batch, new Map(under('gradient/'))),
  };
}

function gradientDifference(
  graph: Graph,
  state: StateDict,
  batch: Batch,
  theirs: ReadonlyMap<string, Float32Array>,
): number {
  const smooth = new Set(['relu', 'relu6']);
  const nodes = graph.nodes.map((node) => (smooth.has(node.op) ? { ...node, op: 'silu' } : node));
  const samples = batch.labels.length;
  const network = new Network({ graph: { ...graph, nodes }, batch: samples, shards: 2 });
  network.load(state);
  network.train(batch);
  const own = network.gradients();
  const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const floor = 1e-3 * Math.max(...[...theirs.values()].map(largest));
  return Math.max(
    ...[...theirs].map(([key, values]) => {
      const differences = own.get(key)!.map((value, i) => value / samples - values[i]!);
      return largest(differences) / Math.max(floor, largest(values));
    }),
  );
}

/** Dropout that drops nothing: what is dropped is a matter of each library's random numbers. */
function withoutDropout(graph: Graph): Graph {
  const random = new Set(['dropout', 'stochasticDepth']);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (random.has(node.op) ? { ...node, options: { p: 0 } } : node)),
  };
}

/** [n, channels, pixels] to [n, pixels, channels]. */
function channelsLast(values: Float32Array, channels: number, pixels: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const [image, rest] = [Math.floor(i / (channels * pixels)), i % (channels * pixels)];
    const [channel, pixel] = [Math.floor(rest / pixels), rest % pixels];
    result[image * channels * pixels + pixel * channels + channel] = values[i]!;
  }
  return result;
}
