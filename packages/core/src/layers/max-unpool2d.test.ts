import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { planTensors } from '../plan/tensors.ts';
import { planTraining } from '../plan/training.ts';
import { expectGradients } from '../testing/gradients.ts';
import { Network, testState } from '../testing/network.ts';
import { pseudoRandom, spacedValues } from '../testing/values.ts';
import { conv2d } from './conv2d.ts';
import { flatten } from './flatten.ts';
import { linear } from './linear.ts';
import { maxPool2d } from './max-pool2d.ts';
import { maxUnpool2d } from './max-unpool2d.ts';

type Options = Parameters<typeof maxPool2d>[0];

/** A map is pooled, convolved, unpooled, and classified. */
function hourglass(options: Options): Graph {
  const net = new GraphBuilder('hourglass', [5, 6, 2]);
  const pooled = net.add('pool', maxPool2d(options), net.input);
  const small = net.add('conv', conv2d({ outChannels: 2, kernelSize: 1 }), pooled);
  const large = net.add('unpool', maxUnpool2d(options), small, net.input);
  return net.build(
    net.chain(large, [
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 4 })],
    ]),
    'unpool',
  );
}

describe('maxUnpool2d', () => {
  it.each([
    ['windows side by side', { kernelSize: 2 }],
    ['padding', { kernelSize: [2, 3], stride: [2, 3], padding: 1 }],
    ['windows with gaps', { kernelSize: 2, stride: 3 }],
    ['a window that reaches over the edge', { kernelSize: 2, ceilMode: true }],
    ['overlapping windows', { kernelSize: 3, stride: 1 }],
    ['overlapping, dilated', { kernelSize: 2, stride: 1, dilation: 2 }],
  ] satisfies [string, Options][])('has the gradients of its loss, through the pooling too: %s', (_, options) => {
    // Values differ by 1/32 at least, and are moved by 1/64 at most.
    const batch = { inputs: { input: spacedValues(3 * 5 * 6 * 2, 1, 1 / 32) }, labels: [1, 3, 0] };
    expectGradients({ graph: hourglass(options), batch, h: 1 / 128 });
  });

  it('puts each value where its window has its first maximum', () => {
    const inputs = [
      { name: 'x', shape: [1, 2, 1] },
      { name: 'pooled', shape: [2, 5, 1] },
    ];
    const net = new GraphBuilder('unpool', []);
    net.add('unpool', maxUnpool2d({ kernelSize: 2 }), 'x', 'pooled');
    const { nodes } = net.build(
      net.chain('unpool', [
        ['flatten', flatten()],
        ['fc', linear({ outFeatures: 2 })],
      ]),
    );
    const graph = { name: 'unpool', inputs, nodes, outputs: ['fc', 'unpool'] };
    const network = new Network({ graph, batch: 1, shards: 1 });
    network.load(testState(graph));
    const pooled = Float32Array.of(1, 3, 0, 0, 9, 3, 2, 0, 0, 9);
    network.evaluate({ inputs: { x: Float32Array.of(7, 8), pooled }, labels: [0] });
    expect([...network.tensor('unpool')]).toEqual([0, 7, 8, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('passes no gradient to what was pooled', () => {
    const net = new GraphBuilder('constant', [4, 4, 2]);
    net.add('side', conv2d({ outChannels: 2, kernelSize: 1 }), net.input);
    net.add('pool', maxPool2d({ kernelSize: 2 }), net.input);
    net.add('conv', conv2d({ outChannels: 2, kernelSize: 1 }), 'pool');
    net.add('unpool', maxUnpool2d({ kernelSize: 2 }), 'conv', 'side');
    const graph = net.build(
      net.chain('unpool', [
        ['flatten', flatten()],
        ['fc', linear({ outFeatures: 4 })],
      ]),
    );
    const resolved = resolveGraph(graph);
    const { gradients, shares } = planTensors(resolved, {
      maxImages: 1,
      needs: planTraining(resolved, new Set(), false).needs,
    });
    expect([...gradients.keys()].sort()).toEqual(['conv', 'fc', 'flatten', 'unpool']);
    expect(shares.get('unpool')![1]).toBeUndefined();
    const network = new Network({ graph, batch: 2, shards: 1 });
    network.load(testState(graph));
    network.train({ inputs: { input: pseudoRandom(64, 1) }, labels: [0, 1] });
    expect([...network.gradients().get('side.weight')!]).toEqual([0, 0, 0, 0]);
    expect(
      network
        .gradients()
        .get('conv.weight')!
        .every((value) => value !== 0),
    ).toBe(true);
  });

  it('refuses a first input that is not as the second one pooled', () => {
    const net = new GraphBuilder('unpool', [4, 6, 2]);
    net.add('pool', maxPool2d({ kernelSize: 2 }), net.input);
    expect(() =>
      resolveGraph(net.build(net.add('unpool', maxUnpool2d({ kernelSize: 3 }), 'pool', net.input))),
    ).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message:
          'node "unpool": maxUnpool2d expects the first input to have the shape of the second one pooled with its options: 4x6x2 pooled is 1x2x2, got 2x3x2',
      }),
    );
  });
});
