import { algorithmChoices, kernelBuilds } from '@lockstep/kernels';
import { expect } from 'vitest';
import { GraphBuilder, type LayerCall } from '../graph/builder.ts';
import { elements, type Graph, type Shape } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { type AlgorithmTable, chooseAlgorithms } from '../plan/algorithms.ts';
import { Network, testState } from './network.ts';
import { runPython } from './python.ts';
import { pseudoRandom, relativeError } from './values.ts';

/** A layer and the shapes of its inputs. */
export type LayerCase = readonly [call: LayerCall, ...inputs: Shape[]];

/** Few different values, so that windows have equal maxima. */
const coarse = new Set(['maxPool2d', 'adaptiveMaxPool2d', 'maxUnpool2d']);

const labels = [1, 3, 0, 2, 2];

/** The layer with its inputs, and a linear layer to four classes. */
function graphOf([call, ...shapes]: LayerCase): Graph {
  const inputs = shapes.map((shape, i) => ({ name: `input${i}`, shape }));
  const net = new GraphBuilder('layer', shapes[0]!);
  let last = net.add('layer', call, ...inputs.map(({ name }) => name));
  const { shapes: known } = resolveGraph({ ...net.build(last), inputs });
  if (known.get(last)!.length > 1) last = net.add('flatten', flatten(), last);
  const { nodes } = net.build(net.add('fc', linear({ outFeatures: 4 }), last));
  return { name: 'layer', inputs, nodes, outputs: ['fc', 'layer'] };
}

/** The layer's passes by every algorithm that it can be forced to, each once. */
export function everyAlgorithm(entry: LayerCase): AlgorithmTable[] {
  const graph = graphOf(entry);
  const tables = algorithmChoices.map((choice) => chooseAlgorithms(graph, choice));
  return [...new Map(tables.map((table) => [JSON.stringify(table), table])).values()];
}

/**
 * Compares single layers with PyTorch's, forward and backward, on each build and by every algorithm that applies: output, input
 * gradients, parameter gradients, running statistics. The difference is the largest of any element, relative to the tensor's
 * largest.
 *
 * @param script reads the cases as JSON, and writes the tensors of each; see goldens/layers.py
 * @param limitsOf magnitude of a case's inputs, and the largest difference
 * @returns whether there is a PyTorch to compare with
 */
export function expectAsPyTorch(
  script: URL,
  cases: readonly LayerCase[],
  limitsOf: (entry: LayerCase) => { readonly scale: number; readonly tolerance: number },
): boolean {
  const runs = cases.map((entry, seed) => {
    const graph = graphOf(entry);
    const { scale, tolerance } = limitsOf(entry);
    const inputs = graph.inputs.map(({ name, shape }, i) => ({
      name,
      shape,
      values: pseudoRandom(labels.length * elements(shape), 10 * seed + i, scale).map((value) =>
        coarse.has(entry[0].op) ? Math.round(value) : value,
      ),
    }));
    return { ...entry[0], graph, inputs, tolerance, state: testState(graph), tables: everyAlgorithm(entry) };
  });
  const input = JSON.stringify(
    runs.map(({ op, options, inputs, state }) => ({
      op,
      options,
      labels,
      inputs: inputs.map(({ shape, values }) => ({ shape, values: [...values] })),
      state: Object.fromEntries([...state].map(([name, { shape, data }]) => [name, { shape, data: [...data] }])),
    })),
  );
  const answer = runPython(script, [], input);
  if (answer === undefined) return false;
  const expected = JSON.parse(answer) as Record<string, number[]>[];
  for (const build of kernelBuilds) {
    runs.forEach(({ op, options, graph, inputs, tolerance, state, tables }, i) => {
      for (const algorithms of tables) {
        const by = algorithms.layer ? ` by ${Object.values(algorithms.layer)}` : '';
        const layer = `${build}: ${op} ${JSON.stringify(options)} of ${inputs[0]!.shape.join('x')}${by}`;
        const network = new Network({
          graph,
          batch: labels.length,
          shards: 3,
          build,
          inputGradients: true,
          algorithms,
        });
        network.load(state);
        network.train({ inputs: Object.fromEntries(inputs.map(({ name, values }) => [name, values])), labels });
        for (const [name, values] of Object.entries(expected[i]!)) {
          expect(relativeError(tensorOf(network, name), values), `${name} of ${layer}`).toBeLessThan(tolerance);
          const largest = Math.max(...values.map(Math.abs));
          expect(largest, `${name} of ${layer}: something to compare`).toBeGreaterThan(1e-3);
        }
      }
    });
  }
  return true;
}

/** What a name of the script's is here: `layer`, `dinput0`, `dlayer.weight`, `layer.running_mean`. */
function tensorOf(network: Network, name: string): ArrayLike<number> {
  if (name === 'layer') return network.tensor(name);
  if (!name.startsWith('d')) return network.nextBuffers().get(name)!;
  return name.startsWith('dinput') ? network.inputGradient(name.slice(1)) : network.gradients().get(name.slice(1))!;
}
