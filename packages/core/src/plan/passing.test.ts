import { Workspace } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { add } from '../layers/add.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { relu } from '../layers/relu.ts';
import { createModel } from '../models/model.ts';
import { planPassing } from './passing.ts';
import { planReplica } from './replica-plan.ts';

// That what passes is there when it is read, in both passes, is tested in executor.test.ts, by what is computed from it.

const passing = (graph: Graph): string[] => [...planPassing(resolveGraph(graph), 8).keys()];
const conv = conv2d({ outChannels: 4, kernelSize: 3, padding: 1 });

function chain(...extra: readonly string[]): Graph {
  const net = new GraphBuilder('chain', [8, 8, 3]);
  const last = net.chain(net.input, [
    ['conv1', conv],
    ['bn1', batchNorm2d()],
    ['relu1', relu()],
    ['conv2', conv],
    ['bn2', batchNorm2d()],
    ['conv3', conv2d({ outChannels: 4, kernelSize: 3, groups: 4 })],
    ['bn3', batchNorm2d()],
    ['pool', globalAvgPool2d()],
    ['fc', linear({ outFeatures: 3 })],
  ]);
  return net.build(last, ...extra);
}

describe('planPassing', () => {
  it('lets the output of a batch norm pass to the convolution behind it, with the ReLU between', () => {
    expect(passing(chain())).toEqual(['bn1', 'relu1', 'bn2']);
    expect(passing(createModel('resnet20', { inputShape: [32, 32, 3], classes: 10 }))).toEqual(
      ['1.0', '1.1', '1.2', '2.0', '2.1', '2.2', '3.0', '3.1', '3.2'].flatMap((block) => [
        `layer${block}.bn1`,
        `layer${block}.relu1`,
      ]),
    );
  });

  it('keeps what somebody else reads', () => {
    expect(passing(chain('relu1', 'bn2'))).toEqual([]);
    const net = new GraphBuilder('two readers', [8, 8, 4]);
    const bn = net.add('bn', batchNorm2d(), net.input);
    const sum = net.add('sum', add(), net.add('conv', conv, bn), bn);
    expect(passing(net.build(net.add('pool', globalAvgPool2d(), sum)))).toEqual([]);
  });

  it('keeps what all shards are read of at once, such as for weights that are more than the maps', () => {
    const graph = (outChannels: number) => {
      const net = new GraphBuilder('wide', [2, 2, 8]);
      const wide = conv2d({ outChannels, kernelSize: 3, padding: 1 });
      return net.build(
        net.add('pool', globalAvgPool2d(), net.add('conv', wide, net.add('bn', batchNorm2d(), 'input'))),
      );
    };
    expect(passing(graph(2))).toEqual([]); // 4 pixels of 8 images: all shards go through together
    expect(passing(graph(512))).toEqual([]);
  });

  it('makes a replica smaller, but not with ghost groups, which normalise by themselves', () => {
    const plan = (ghostBatch?: number) => {
      const sizes = { batch: 32, shards: 4, workers: 1, stateVectors: 1, reductionBytes: 0, ghostBatch };
      return planReplica({ graph: chain(), ...sizes }, Workspace.create(1 << 16).kernels);
    };
    expect(plan(8).tensors.passing.size).toBe(0);
    const [whole, ghost] = [plan().arenaBytes, plan(8).arenaBytes];
    expect(ghost - whole).toBe(2 * 8 * 8 * 8 * 4 * 4); // two maps of 8x8x4 for the 8 images of a shard
  });
});
