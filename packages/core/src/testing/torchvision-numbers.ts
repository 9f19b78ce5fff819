import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '../formats/safetensors.ts';
import type { Graph, Shape } from '../graph/graph.ts';
import { createModel } from '../models/model.ts';
import type { StateDict } from '../state.ts';
import { type Batch, Network } from './network.ts';
import { runPython } from './python.ts';
import { settledState } from './settled-state.ts';
import { pseudoRandom } from './values.ts';

/** How far what a network computes in single precision is from what torchvision's does in double precision. */
interface Differences {
  /** In evaluation: the largest difference of any, relative to the largest. */
  readonly logits: number;
  readonly ours: TrainingDifferences;
  /** Of torchvision's network itself, in single precision. */
  readonly torchvision: TrainingDifferences;
  /** Of the ways that ReLUs and max poolings go, how many double precision has otherwise, and how far such ReLUs' inputs are from 0. */
  readonly branches: { readonly count: number; readonly differ: number; readonly furthest: number };
}

interface TrainingDifferences {
  readonly loss: number;
  /** The next running statistics: the largest difference of any element, relative to the largest of its tensor. */
  readonly statistics: number;
  /**
   * The norm of the difference relative to that of the gradient, of the tensor where it is largest, or to a thousandth of the norm of
   * the whole gradient: some gradients are 0 but for rounding. All ReLUs and max poolings go the ways that ours go.
   */
  readonly gradients: number;
  /** The norm of the difference of the whole gradient, relative to its norm, where everybody's ReLUs and max poolings go their own ways. */
  readonly ownWays: number;
}

/** Whether ours is as near as rounding lets it be: to 1e-4, or else not much further than torchvision in single precision. */
export function isRounding({ logits, ours, torchvision }: Differences): boolean {
  const kinds = ['loss', 'statistics', 'gradients'] as const;
  return logits < 1e-4 && kinds.every((kind) => ours[kind] < Math.max(1e-4, 4 * torchvision[kind]));
}

const script = new URL('../goldens/torchvision-numbers.py', import.meta.url);
const samples = 4;
const classes = 10;

/**
 * Compares a network with torchvision's, of the same random weights on the same small batch: logits in evaluation; loss,
 * gradients and running statistics in training.
 *
 * @returns undefined where there is no torchvision
 */
export function compareWithTorchvision(name: string, size: number): Differences | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-torchvision-'));
  try {
    const file = join(folder, 'numbers.safetensors');
    writeFileSync(file, encodeSafetensors(numbers(name, size)));
    const answer = runPython(script, [file, name]);
    return answer === undefined ? undefined : (JSON.parse(answer) as Differences);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What torchvision-numbers.py reads. */
function numbers(name: string, size: number): StateDict {
  const graph = withoutDropout(createModel(name, { inputShape: [size, size, 3], classes }));
  const images = pseudoRandom(samples * size * size * 3, 3, Math.sqrt(3));
  const labels = Array.from({ length: samples }, (_, i) => (i * 7) % classes);
  const batch = { inputs: { input: images }, labels };
  const state = settledState(graph, batch);
  const found = new Map<string, { readonly shape: Shape; readonly data: Float32Array }>();
  const put = (key: string, data: Float32Array, shape: Shape = [data.length]) => found.set(key, { shape, data });
  for (const [key, { shape, data }] of state) put(`state/${key}`, data, shape);
  put('images', images, [samples, size, size, 3]);
  put('labels', Float32Array.from(labels));

  const network = new Network({ graph, batch: samples, shards: 2 });
  network.load(state);
  network.evaluate(batch);
  put('logits', network.tensor(graph.outputs[0]!), [samples, classes]);
  network.train(batch);
  put('loss', Float32Array.of(network.loss()));
  for (const [key, data] of network.nextBuffers()) put(`statistics/${key}`, data);
  for (const [key, sums] of network.gradients()) {
    put(`gradient/${key}`, sums.map((sum) => sum / samples), state.get(key)!.shape); // biome-ignore format: one line
  }
  for (const [key, tensor] of branches(graph, state, batch)) found.set(key, tensor);
  return found;
}

/** The outputs of all ReLUs and the inputs of all max poolings, in the order in which they are computed. */
function* branches(graph: Graph, state: StateDict, batch: Batch) {
  const tensors = graph.nodes.flatMap(({ name, op, inputs }) => {
    if (op === 'relu' || op === 'relu6') return [name];
    return op === 'maxPool2d' ? [inputs[0]!] : [];
  });
  // Kept as outputs, for which there is no loss.
  const outputs = [...new Set([...graph.outputs, ...tensors])];
  const network = new Network({ graph: { ...graph, outputs }, batch: samples, shards: 2 });
  network.load(state);
  network.train(batch);
  for (const [i, name] of tensors.entries()) {
    const shape = [samples, ...network.plan.resolved.shapes.get(name)!];
    yield [`branch/${String(i).padStart(4, '0')}`, { shape, data: network.tensor(name) }] as const;
  }
}

/** Dropout that drops nothing: what is dropped is a matter of each library's random numbers. */
function withoutDropout(graph: Graph): Graph {
  const random = new Set(['dropout', 'stochasticDepth']);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (random.has(node.op) ? { ...node, options: { p: 0 } } : node)),
  };
}
