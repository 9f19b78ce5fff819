import { kernelBuilds } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { GraphBuilder, type LayerCall } from '../graph/builder.ts';
import { elements, type Graph, type Shape } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { Network, testState } from '../testing/network.ts';
import { runPython } from '../testing/python.ts';
import { randomResamplings } from '../testing/random-resampling.ts';
import { pseudoRandom, relativeError } from '../testing/values.ts';
import { concat } from './concat.ts';
import { flatten } from './flatten.ts';
import { gelu } from './gelu.ts';
import { groupNorm } from './group-norm.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSwish } from './hard-swish.ts';
import { instanceNorm2d } from './instance-norm2d.ts';
import { layerNorm } from './layer-norm.ts';
import { layerNorm2d } from './layer-norm2d.ts';
import { leakyRelu } from './leaky-relu.ts';
import { linear } from './linear.ts';
import { localResponseNorm } from './local-response-norm.ts';
import { multiply } from './multiply.ts';
import { prelu } from './prelu.ts';
import { relu } from './relu.ts';
import { relu6 } from './relu6.ts';
import { rmsNorm } from './rms-norm.ts';
import { rmsNorm2d } from './rms-norm2d.ts';
import { sigmoid } from './sigmoid.ts';
import { silu } from './silu.ts';
import { softmax } from './softmax.ts';
import { tanh } from './tanh.ts';

/**
 * Single layers against PyTorch (Debian's, in float64), forward and backward: see goldens/layers.py. The bound is of the
 * largest difference of any element, relative to the tensor's largest; all agree to 7e-7, but for upsampling: it has
 * places between pixels in float32, there as here, and 1e-6 is a rounding of the seventeenth pixel's.
 */
const toleranceOf = (op: string): number => (op === 'upsample' ? 5e-6 : 1e-6);

const map: Shape = [5, 3, 7];
const cases: readonly (readonly [call: LayerCall, ...inputs: Shape[]])[] = [
  ...[relu(), relu6(), leakyRelu(), leakyRelu({ negativeSlope: 0.3 }), hardSigmoid(), hardSwish(), sigmoid()],
  ...[tanh(), silu(), gelu(), gelu({ approximate: 'tanh' }), softmax(), prelu(), prelu({ numParameters: 7 })],
].flatMap((call): [LayerCall, Shape][] => [
  [call, map],
  [call, [7]],
]);
const norms: typeof cases = [
  ...[layerNorm(), layerNorm({ elementwiseAffine: false, eps: 0.1 }), layerNorm2d(), rmsNorm(), rmsNorm2d()],
  ...[rmsNorm({ eps: 0.1 }), groupNorm({ numGroups: 7 }), groupNorm({ numGroups: 1, affine: false, eps: 0.1 })],
  ...[instanceNorm2d(), instanceNorm2d({ affine: true, eps: 0.1 }), localResponseNorm({ size: 5 })],
  ...[localResponseNorm({ size: 4, alpha: 2, k: 0.5 }), localResponseNorm({ size: 9, alpha: 1, beta: 1.3, k: 2 })],
].map((call): [LayerCall, Shape] => [call, map]);
const otherNorms: typeof cases = [
  [groupNorm({ numGroups: 3 }), [3, 2, 12]],
  [groupNorm({ numGroups: 3 }), [12]],
  [layerNorm(), [19]],
  [rmsNorm({ elementwiseAffine: false }), [19]],
];
const joining: typeof cases = [
  [multiply(), map, map],
  [multiply(), [19], [19]],
  [multiply(), map, [7]],
  [concat(), map, [5, 3, 1], [5, 3, 4]],
  [concat(), [4], [9]],
];

/** Few different values, so that windows have equal maxima. */
const coarse = new Set(['maxPool2d', 'adaptiveMaxPool2d', 'maxUnpool2d']);

const labels = [1, 3, 0, 2, 2];

/** The layer with its inputs, and a linear layer to four classes. */
function graphOf([call, ...shapes]: (typeof cases)[number]): Graph {
  const inputs = shapes.map((shape, i) => ({ name: `input${i}`, shape }));
  const net = new GraphBuilder('layer', shapes[0]!);
  let last = net.add('layer', call, ...inputs.map(({ name }) => name));
  if (shapes[0]!.length > 1) last = net.add('flatten', flatten(), last);
  const { nodes } = net.build(net.add('fc', linear({ outFeatures: 4 }), last));
  return { name: 'layer', inputs, nodes, outputs: ['fc', 'layer'] };
}

const runs = [...cases, ...norms, ...otherNorms, ...joining, ...randomResamplings(72)].map((entry, seed) => {
  const graph = graphOf(entry);
  resolveGraph(graph);
  const inputs = graph.inputs.map(({ name, shape }, i) => ({
    name,
    shape,
    // Softmax's, the products' and the resamplings' gradients would be next to 0 for large values.
    values: pseudoRandom(labels.length * elements(shape), 10 * seed + i, seed < cases.length ? 6 : 2).map((value) =>
      coarse.has(entry[0].op) ? Math.round(value) : value,
    ),
  }));
  return { ...entry[0], graph, inputs, state: testState(graph) };
});

describe('PyTorch, live', () => {
  it('agrees in every layer, forward and backward', ({ skip }) => {
    const input = JSON.stringify(
      runs.map(({ op, options, inputs, state }) => ({
        op,
        options,
        labels,
        inputs: inputs.map(({ shape, values }) => ({ shape, values: [...values] })),
        state: Object.fromEntries([...state].map(([name, { shape, data }]) => [name, { shape, data: [...data] }])),
      })),
    );
    const answer = runPython(new URL('../goldens/layers.py', import.meta.url), [], input);
    if (answer === undefined) return skip('there is no PyTorch (Debian: python3-torch) to compare with');
    const expected = JSON.parse(answer) as Record<string, number[]>[];
    for (const build of kernelBuilds) {
      runs.forEach(({ op, options, graph, inputs, state }, i) => {
        const network = new Network({ graph, batch: labels.length, shards: 3, build, inputGradients: true });
        network.load(state);
        network.train({ inputs: Object.fromEntries(inputs.map(({ name, values }) => [name, values])), labels });
        for (const [name, values] of Object.entries(expected[i]!)) {
          const where = `${build}: ${name} of ${op} ${JSON.stringify(options)} of ${inputs[0]!.shape.join('x')}`;
          const got = name.startsWith('dinput')
            ? network.inputGradient(name.slice(1))
            : name.startsWith('d')
              ? network.gradients().get(name.slice(1))!
              : network.tensor(name);
          expect(relativeError(got, values), where).toBeLessThan(toleranceOf(op));
          expect(Math.max(...values.map(Math.abs)), `${where}: something to compare`).toBeGreaterThan(1e-3);
        }
      });
    }
  });
});
