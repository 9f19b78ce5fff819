import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Shape } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { expectGradients } from '../testing/gradients.ts';
import { Network, testState } from '../testing/network.ts';
import { outputOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { conv2d } from './conv2d.ts';
import { flatten } from './flatten.ts';
import { globalAvgPool2d } from './global-avg-pool2d.ts';
import { linear } from './linear.ts';
import { multiply } from './multiply.ts';
import { sigmoid } from './sigmoid.ts';

/** Two inputs of the graph, their product, and four classes. */
function product(left: Shape, right: Shape): Graph {
  const net = new GraphBuilder('product', left);
  const { nodes } = net.build(
    net.chain(net.add('product', multiply(), 'left', 'right'), [
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 4 })],
    ]),
  );
  const inputs = [
    { name: 'left', shape: left },
    { name: 'right', shape: right },
  ];
  return { name: 'product', inputs, nodes, outputs: ['fc'] };
}

describe('multiply', () => {
  it.each([
    ['one shape', [3, 2, 5]],
    ['a factor a channel', [5]],
    ['a factor a channel, as a map', [1, 1, 5]],
  ])('has the gradients of its loss with respect to both inputs: %s', (_, right) => {
    const size = right.reduce((total, length) => total * length, 1);
    const inputs = { left: pseudoRandom(4 * 30, 1), right: pseudoRandom(4 * size, 2) };
    expectGradients({ graph: product([3, 2, 5], right), batch: { inputs, labels: [1, 3, 0, 2] } });
  });

  it('has the gradients of its loss of a square', () => {
    const net = new GraphBuilder('square', [2, 3, 2]);
    const graph = net.build(
      net.chain(net.add('square', multiply(), net.input, net.input), [
        ['flatten', flatten()],
        ['fc', linear({ outFeatures: 4 })],
      ]),
    );
    expectGradients({ graph, batch: { inputs: { input: pseudoRandom(36, 1) }, labels: [1, 3, 0] } });
  });

  it('has the gradients of its loss in a squeeze-and-excitation block', () => {
    const net = new GraphBuilder('squeeze', [4, 3, 2]);
    const map = net.add('conv', conv2d({ outChannels: 6, kernelSize: 3, padding: 1 }), net.input);
    const scale = net.chain(net.add('squeeze', globalAvgPool2d(), map), [
      ['reduce', linear({ outFeatures: 3 })],
      ['expand', linear({ outFeatures: 6 })],
      ['gate', sigmoid()],
    ]);
    const graph = net.build(
      net.chain(net.add('scaled', multiply(), map, scale), [
        ['flatten', flatten()],
        ['fc', linear({ outFeatures: 4 })],
      ]),
    );
    expectGradients({ graph, batch: { inputs: { input: pseudoRandom(5 * 24, 1) }, labels: [1, 3, 0, 2, 2] } });
  });

  it('multiplies each channel of a sample by its own factor', () => {
    const graph = { ...product([2, 1, 2], [2]), outputs: ['fc', 'product'] };
    const network = new Network({ graph, batch: 2, shards: 2 });
    network.load(testState(graph));
    const inputs = { left: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), right: Float32Array.of(10, 100, -1, 0.5) };
    network.evaluate({ inputs, labels: [0, 0] });
    expect([...network.tensor('product')]).toEqual([10, 200, 30, 400, -5, 3, -7, 4]);
  });

  it.each([
    [[3, 2, 5], [3, 2, 4], '3x2x5 and 3x2x4'],
    [[3, 2, 5], [3, 1, 5], '3x2x5 and 3x1x5'],
    [[5], [3, 2, 5], '5 and 3x2x5'],
    [[5], [1, 1, 5], '5 and 1x1x5'],
  ])('refuses %j by %j', (left, right, shapes) => {
    expect(() => resolveGraph(product(left, right))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: `node "product": multiply expects two inputs of one shape, or a map and one factor a channel, got ${shapes}`,
      }),
    );
  });

  it('reads two tensors', () => {
    expect(() => outputOfLayer([3], multiply(), [1, 2, 3])).toThrowError('multiply reads 2 tensors, got 1');
  });
});
