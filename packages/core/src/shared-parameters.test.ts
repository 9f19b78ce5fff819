import { kernelBuilds } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from './formats/safetensors.ts';
import { GraphBuilder, type LayerCall } from './graph/builder.ts';
import type { Graph, GraphNode } from './graph/graph.ts';
import { resolveGraph } from './graph/resolve.ts';
import { add } from './layers/add.ts';
import { batchNorm2d } from './layers/batch-norm2d.ts';
import { conv2d } from './layers/conv2d.ts';
import { flatten } from './layers/flatten.ts';
import { linear } from './layers/linear.ts';
import { prelu } from './layers/prelu.ts';
import { createOptimiser } from './optimisers/optimiser.ts';
import { type Range, splitPoint, workerSubtrees } from './parallel/shards.ts';
import { countParameters, stateLayout } from './plan/parameters.ts';
import { initialState } from './state.ts';
import { RecordingCollective, ReplayingCollective } from './testing/collectives.ts';
import { expectGradients } from './testing/gradients.ts';
import { batchFor } from './testing/graphs.ts';
import { Network, testState } from './testing/network.ts';
import { runPython } from './testing/python.ts';
import { bitsOf, relativeError } from './testing/values.ts';

/** A convolution that is used three times, once on maps of another size; the first time by itself, then behind itself. */
function shared(use: 'share' | 'add' = 'share', channels = 3): Graph {
  const layer = (call: LayerCall, name: string, other: string, input: string): string =>
    use === 'share' ? net.share(name, other, input) : net.add(name, call, input);
  const conv = conv2d({ outChannels: channels, kernelSize: 3 });
  const net = new GraphBuilder('shared', [9, 7, channels]);
  const first = net.add('act', prelu(), net.add('conv', conv, net.input));
  const second = layer(prelu(), 'act2', 'act', layer(conv, 'conv2', 'conv', first));
  const skip = net.add('skip', conv2d({ outChannels: channels, kernelSize: 5 }), net.input);
  const third = layer(conv, 'conv3', 'conv', net.add('sum', add(), second, skip));
  return net.build(net.chain(third, [['flatten', flatten()], ['fc', linear({ outFeatures: 3 })]])); // biome-ignore format: one line
}

/** The same weights for each use of `shared('add')`. */
function unfold(state: ReturnType<typeof testState>): ReturnType<typeof testState> {
  const copies = [...state].flatMap(([name, tensor]) => {
    const uses = name.startsWith('conv.') ? ['conv2', 'conv3'] : name.startsWith('act.') ? ['act2'] : [];
    return uses.map((use) => [name.replace(/^\w+/, use), tensor] as const);
  });
  return new Map([...state, ...copies]);
}

describe('shared parameters', () => {
  it('have the gradients of the loss', () => {
    expectGradients({ graph: shared(), batch: batchFor(shared(), 4), h: 1 / 256, tolerance: 4e-4 });
  });

  it('have as their gradient the sum of those that their uses would have by themselves', () => {
    for (const build of kernelBuilds) {
      const [together, apart] = (['share', 'add'] as const).map((use) => {
        const network = new Network({ graph: shared(use), batch: 8, shards: 5, build });
        network.load(use === 'share' ? testState(shared()) : unfold(testState(shared())));
        network.poison();
        network.train(batchFor(shared(), 8));
        return network;
      }) as [Network, Network];
      expect(together.losses()).toEqual(apart.losses());
      const parts = apart.gradients();
      for (const [name, gradient] of together.gradients()) {
        const uses = [...unfold(new Map([[name, { shape: [], data: gradient }]])).keys()];
        const sum = gradient.map((_, i) => uses.reduce((total, use) => total + parts.get(use)![i]!, 0));
        expect(relativeError(gradient, sum), name).toBeLessThan(1e-6);
      }
    }
  });

  it('agree with PyTorch, where one module is called again', ({ skip }) => {
    const graph = shared();
    const batch = batchFor(graph, 6);
    const state = testState(graph);
    const input = JSON.stringify({
      shape: graph.inputs[0]!.shape,
      input: [...batch.inputs.input!],
      labels: batch.labels,
      state: Object.fromEntries([...state].map(([name, { shape, data }]) => [name, { shape, data: [...data] }])),
    });
    const answer = runPython(new URL('goldens/shared-parameters.py', import.meta.url), [], input);
    if (answer === undefined) return skip('there is no PyTorch (Debian: python3-torch) to compare with');
    const network = new Network({ graph, batch: 6, shards: 4 });
    network.load(state);
    network.train(batch);
    const gradients = network.gradients();
    const expected = Object.entries(JSON.parse(answer) as Record<string, number[]>);
    expect(expected.map(([name]) => name)).toEqual([...gradients.keys()]);
    for (const [name, gradient] of expected) {
      expect(relativeError(gradients.get(name)!, gradient), name).toBeLessThan(1e-6);
    }
  });

  it.each([
    ['direct convolutions', 3, 7, 22],
    ['Winograd convolutions', 16, 5, 7],
    ['most shards empty', 3, 16, 3],
  ])('have the same bits for any number of workers: %s', (_, channels, shards, samples) => {
    const graph = shared('share', channels);
    const batch = batchFor(graph, samples);
    const run = (workers: number, rank: number) => {
      const collective =
        workers === 1 ? new RecordingCollective(shards) : new ReplayingCollective(rank, workers, shards, []);
      const network = new Network({ graph, batch: samples, shards, workers, collective });
      network.load(testState(graph));
      network.poison();
      network.train(batch);
      return workerSubtrees(rank, workers, shards).map(
        ({ begin, end }, subtree) => [`${begin}-${end}`, network.gradientVector(subtree)] as const,
      );
    };
    const sum = (tree: Range, partials: ReadonlyMap<string, Float32Array>): Float32Array => {
      const middle = splitPoint(tree);
      const partial = partials.get(`${tree.begin}-${tree.end}`);
      if (partial) return partial;
      const right = sum({ begin: middle, end: tree.end }, partials);
      return sum({ begin: tree.begin, end: middle }, partials).map((value, i) => value + right[i]!);
    };
    const [expected] = run(1, 0);
    for (const workers of [2, 3, 5]) {
      const partials = new Map(Array.from({ length: workers }, (_, rank) => run(workers, rank)).flat());
      expect(bitsOf(sum({ begin: 0, end: shards }, partials)), `${workers} workers`).toEqual(bitsOf(expected![1]));
    }
  });

  it('have only the gradient of those uses that the loss depends on, the next step again', () => {
    const net = new GraphBuilder('unused', [4]);
    const first = net.add('a', linear({ outFeatures: 4 }), net.input);
    const second = net.share('b', 'a', net.input);
    const out = net.share('c', 'a', second);
    for (const [output, uses] of [
      [first, ['a']],
      [second, ['b']],
      [out, ['b', 'c']],
    ] as const) {
      const graph = net.build(output);
      const batch = { ...batchFor(graph, 6), labels: [0, 1, 2, 3, 0, 1] };
      const network = new Network({ graph, batch: 6, shards: 3 });
      network.load(testState(graph));
      network.train(batch);
      const once = network.gradients();
      network.train(batch);
      expect(network.gradients()).toEqual(once);
      // The same nodes, without the others.
      const kept = graph.nodes.filter(({ name }) => (uses as readonly string[]).includes(name));
      const [owner] = kept;
      const nodes = kept.map(
        ({ shareWith: _, ...node }): GraphNode =>
          node.name === owner!.name ? node : { ...node, shareWith: owner!.name },
      );
      const alone = new Network({ graph: { ...graph, nodes }, batch: 6, shards: 3 });
      alone.load(testState({ ...graph, nodes }));
      alone.train(batch);
      expect([...network.gradients().values()], output).toEqual([...alone.gradients().values()]);
    }
  });

  it('are there once: in the layout, in the initial state, in files, and in an update', () => {
    const layout = stateLayout(resolveGraph(shared()));
    expect(layout.parameters.map(({ name }) => name)).toEqual([
      'conv.weight',
      'conv.bias',
      'act.weight',
      'skip.weight',
      'skip.bias',
      'fc.weight',
      'fc.bias',
    ]);
    expect(countParameters(layout)).toBe(9 * 9 + 3 + 1 + 25 * 9 + 3 + 3 * 9 + 3);
    expect([...initialState(layout, 1).keys()]).toEqual(layout.parameters.map(({ name }) => name));
    const optimiser = createOptimiser({ name: 'sgd', momentum: 0, weightDecay: 0, nesterov: false });
    const network = new Network({ graph: shared(), batch: 4, shards: 2, optimiser });
    network.load(testState(shared()));
    network.train(batchFor(shared(), 4));
    network.update(0.1);
    const { state } = decodeSafetensors(encodeSafetensors(network.state()), 'shared');
    expect([...state.keys()].sort()).toEqual(layout.parameters.map(({ name }) => name).sort());
    const again = new Network({ graph: shared(), batch: 4, shards: 2 });
    again.load(state);
    again.evaluate(batchFor(shared(), 4));
    network.evaluate(batchFor(shared(), 4));
    expect(again.losses()).toEqual(network.losses());
  });

  it.each<[string, (net: GraphBuilder) => GraphNode, string]>([
    ['one that there is not', () => node('conv2d', 'nobody', convolution), 'there is no such node before it'],
    ['itself', () => node('conv2d', 'b', convolution), 'there is no such node before it'],
    [
      'one that shares',
      () => node('conv2d', 'again', convolution),
      'that one shares with "conv", which is to be named',
    ],
    ['another kind of layer', () => node('prelu', 'conv', {}), 'it is prelu, the other conv2d'],
    ['what has no parameters', () => node('add', 'sum', {}, ['input', 'input']), 'add has no parameters'],
    [
      'running statistics',
      () => node('batchNorm2d', 'bn', {}),
      'batchNorm2d has running statistics, which would be those of neither',
    ],
    [
      'other shapes',
      () => node('conv2d', 'conv', { ...convolution, outChannels: 5 }),
      "its parameters are weight of 5x2x3x3, bias of 5, the other's weight of 4x2x3x3, bias of 4",
    ],
  ])('refuses to share with %s', (_, make, why) => {
    const net = new GraphBuilder('net', [6, 6, 2]);
    net.add('conv', conv2d(convolution), net.input);
    net.share('again', 'conv', net.input);
    net.add('sum', add(), net.input, net.input);
    net.add('bn', batchNorm2d(), net.input);
    const graph = net.build('conv');
    const added = make(net);
    expect(() => resolveGraph({ ...graph, nodes: [...graph.nodes, added] })).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_INVALID',
        message: `node "b" cannot share with "${added.shareWith}": ${why}`,
      }),
    );
    expect(() => net.share('b', 'nobody', net.input)).toThrowError('there is no node "nobody" before it to share with');
  });
});

const convolution = { outChannels: 4, kernelSize: 3 } as const;
const node = (op: string, shareWith: string, options: object, inputs = ['input']): GraphNode => ({
  name: 'b',
  op,
  inputs,
  options: { ...options },
  shareWith,
});
