import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { add } from '../layers/add.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { relu } from '../layers/relu.ts';
import { batchFor } from '../testing/graphs.ts';
import { Network, testState } from '../testing/network.ts';
import { relativeError } from '../testing/values.ts';
import type { ReplicaPlan } from './replica-plan.ts';

/** Convolutions of every algorithm with a normalisation behind them, and some whose normalisation stays apart. */
function graph(): Graph {
  const net = new GraphBuilder('net', [8, 8, 3]);
  const size = { kernelSize: 3, padding: 1 } as const;
  const stem = net.chain(net.input, [
    ['direct', conv2d({ outChannels: 16, ...size })],
    ['bn1', batchNorm2d()],
    ['relu1', relu()],
    ['winograd', conv2d({ outChannels: 16, ...size, bias: false })],
    ['bn2', batchNorm2d()],
    ['depthwise', conv2d({ outChannels: 16, ...size, groups: 16 })],
    ['bn3', batchNorm2d()],
    ['relu3', relu()],
    ['grouped', conv2d({ outChannels: 12, ...size, groups: 4, stride: 2 })],
    ['bn4', batchNorm2d()],
    ['reflected', conv2d({ outChannels: 12, ...size, paddingMode: 'reflect' })],
    ['bn5', batchNorm2d()],
  ]);
  const branch = net.add('read twice', conv2d({ outChannels: 12, ...size }), stem);
  const sum = net.add('sum', add(), net.add('bn6', batchNorm2d(), branch), branch);
  return net.build(
    net.chain(sum, [
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 3 })],
    ]),
  );
}

describe('normalisations in the weights before them', () => {
  const evaluated = (replan: (plan: ReplicaPlan) => ReplicaPlan): Float32Array => {
    const network = new Network({ graph: graph(), batch: 7, shards: 3, replan });
    network.load(testState(graph()));
    network.evaluate(batchFor(graph(), 7));
    return network.tensor('fc');
  };

  it('are those of convolutions whose only reader they are', () => {
    let names: string[] = [];
    evaluated((plan) => {
      names = [...plan.foldings].map(([name, norm]) => `${name} ${norm.name}`);
      return plan;
    });
    expect(names).toEqual(['direct bn1', 'winograd bn2', 'depthwise bn3', 'grouped bn4']);
  });

  it('give what they give by themselves, to a rounding', () => {
    const folded = evaluated((plan) => plan);
    const apart = evaluated((plan) => ({ ...plan, foldings: new Map() }));
    expect(folded).not.toEqual(apart);
    expect(relativeError(folded, apart)).toBeLessThan(3e-6);
  });
});
