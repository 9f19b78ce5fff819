import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Shape } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { expectGradients } from '../testing/gradients.ts';
import { Network, testState } from '../testing/network.ts';
import { pseudoRandom } from '../testing/values.ts';
import { concat } from './concat.ts';
import { conv2d } from './conv2d.ts';
import { flatten } from './flatten.ts';
import { linear } from './linear.ts';

/** Inputs of the graph, one after the other, and four classes. */
function joined(...shapes: Shape[]): Graph {
  const inputs = shapes.map((shape, i) => ({ name: `input${i}`, shape }));
  const net = new GraphBuilder('joined', shapes[0]!);
  let last = net.add('joined', concat(), ...inputs.map(({ name }) => name));
  if (shapes[0]!.length > 1) last = net.add('flatten', flatten(), last);
  const { nodes, outputs } = net.build(net.add('fc', linear({ outFeatures: 4 }), last));
  return { name: 'joined', inputs, nodes, outputs };
}

describe('concat', () => {
  it.each([
    [
      [
        [3, 2, 1],
        [3, 2, 5],
        [3, 2, 2],
      ],
    ],
    [[[4], [7]]],
    [[[3, 2, 5]]],
  ])('has the gradients of its loss with respect to all inputs: %j', (shapes) => {
    const inputs = Object.fromEntries(
      shapes.map((shape, i) => [`input${i}`, pseudoRandom(4 * shape.reduce((all, size) => all * size, 1), i)]),
    );
    expectGradients({ graph: joined(...shapes), batch: { inputs, labels: [1, 3, 0, 2] } });
  });

  it('has the gradients of its loss where a tensor is read several times, as in a dense block', () => {
    const net = new GraphBuilder('dense', [4, 3, 2]);
    const first = net.add('first', conv2d({ outChannels: 3, kernelSize: 3, padding: 1 }), net.input);
    const both = net.add('both', concat(), net.input, first);
    const second = net.add('second', conv2d({ outChannels: 2, kernelSize: 3, padding: 1 }), both);
    const graph = net.build(
      net.chain(net.add('all', concat(), first, second, first), [
        ['flatten', flatten()],
        ['fc', linear({ outFeatures: 4 })],
      ]),
    );
    expectGradients({ graph, batch: { inputs: { input: pseudoRandom(5 * 24, 1) }, labels: [1, 3, 0, 2, 2] } });
  });

  it('puts the channels of each pixel one after the other', () => {
    const graph = { ...joined([2, 1, 1], [2, 1, 2]), outputs: ['fc', 'joined'] };
    const network = new Network({ graph, batch: 2, shards: 2 });
    network.load(testState(graph));
    const inputs = { input0: Float32Array.of(1, 2, 3, 4), input1: Float32Array.of(10, 11, 20, 21, 30, 31, 40, 41) };
    network.evaluate({ inputs, labels: [0, 0] });
    expect([...network.tensor('joined')]).toEqual([1, 10, 11, 2, 20, 21, 3, 30, 31, 4, 40, 41]);
  });

  it.each([
    [
      [
        [3, 2, 5],
        [3, 3, 5],
      ],
      '3x2x5, 3x3x5',
    ],
    [[[5], [1, 1, 5]], '5, 1x1x5'],
  ])('refuses %j', (shapes, text) => {
    expect(() => resolveGraph(joined(...shapes))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: `node "joined": concat expects vectors, or maps of one height and width, got ${text}`,
      }),
    );
  });

  it('refuses to join nothing', () => {
    const net = new GraphBuilder('nothing', [3]);
    expect(() => resolveGraph(net.build(net.add('joined', concat())))).toThrowError(
      'node "joined": concat reads any number of tensors, but one at least, got 0',
    );
  });
});
