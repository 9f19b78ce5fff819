import { expect, it } from 'vitest';
import { batchNorm1d } from '../layers/batch-norm1d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { relu } from '../layers/relu.ts';
import { batchFor, residual } from '../testing/graphs.ts';
import { Network, testState } from '../testing/network.ts';
import { relativeError } from '../testing/values.ts';
import { GraphBuilder, sequential } from './builder.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import type { Graph } from './graph.ts';

function evaluated(graph: Graph, state: ReturnType<typeof testState>): Float32Array {
  const network = new Network({ graph, batch: 4, shards: 1 });
  network.load(state);
  network.evaluate(batchFor(graph, 4));
  return network.tensor(graph.outputs[0]!);
}

it('gives the same outputs without the batch norms, whose names are gone', () => {
  const whole = residual();
  const groups = sequential('groups', [4, 4, 4], [
    ['conv', conv2d({ outChannels: 6, kernelSize: 3, groups: 2 })],
    ['bn', batchNorm2d({ eps: 0.1 })],
    ['flatten', flatten()],
    ['fc', linear({ outFeatures: 5, bias: false })],
    ['bn2', batchNorm1d()],
    ['fc2', linear({ outFeatures: 3 })],
  ]); // biome-ignore format: as a table
  for (const graph of [whole, groups]) {
    const state = testState(graph);
    const folded = foldBatchNorm(graph, state);
    expect(folded.graph.nodes.some(({ op }) => op.startsWith('batchNorm'))).toBe(false);
    expect([...folded.state.keys()].filter((name) => name.includes('bn'))).toEqual([]);
    expect(relativeError(evaluated(folded.graph, folded.state), evaluated(graph, state))).toBeLessThan(1e-6);
    expect(state).toEqual(testState(graph)); // the given one is as it was
  }
});

it('leaves those alone that share their parameters, or are behind a convolution that does', () => {
  const net = new GraphBuilder('shared', [4, 4, 2]);
  const conv = net.add('conv', conv2d({ outChannels: 2, kernelSize: 1 }), net.input);
  const again = net.share('again', 'conv', net.add('bn', batchNorm2d(), conv));
  const graph = net.build(net.add('last', relu(), net.add('bn2', batchNorm2d(), again)));
  const state = testState(graph);
  expect(foldBatchNorm(graph, state)).toEqual({ graph, state });
});

it('leaves a batch norm that is an output, that is not behind a convolution, or whose input others read', () => {
  const net = new GraphBuilder('net', [4, 4, 2]);
  const before = net.add('before', batchNorm2d(), net.input);
  const conv = net.add('conv', conv2d({ outChannels: 2, kernelSize: 1 }), before);
  const bn = net.add('bn', batchNorm2d(), conv); // the relu reads what it reads
  const shared = net.add('shared', relu(), conv);
  const last = net.add('last', batchNorm2d(), net.add('conv2', conv2d({ outChannels: 2, kernelSize: 1 }), shared));
  const graph = net.build(last, net.add('behind', relu(), bn));
  const state = testState(graph);
  expect(foldBatchNorm(graph, state)).toEqual({ graph, state });
});
