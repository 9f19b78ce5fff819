import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { add } from '../layers/add.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { createModel } from '../models/model.ts';
import { normalised } from '../testing/graphs.ts';
import { planFusions } from './fusion.ts';
import { planTensors } from './tensors.ts';
import { planTraining } from './training.ts';

function fusions(graph: Graph): Record<string, string> {
  const resolved = resolveGraph(graph);
  const plan = planFusions(
    resolved,
    planTensors(resolved, { maxImages: 2, needs: planTraining(resolved, new Set(), false).needs }),
  );
  return Object.fromEntries([...plan].map(([name, { operation, into }]) => [name, `${operation} into ${into}`]));
}

describe('planFusions', () => {
  it('lets each batch norm of a network do the ReLU behind it', () => {
    expect(fusions(createModel('small-cnn', { inputShape: [8, 8, 1], classes: 3 }))).toEqual({
      relu1: 'relu into bn1',
      relu2: 'relu into bn2',
      relu3: 'relu into bn3',
    });
  });

  it('lets a normalisation of groups of channels do so too', () => {
    expect(fusions(normalised())).toEqual({ relu1: 'relu into norm1' });
  });

  it('does nothing for layers that cannot', () => {
    expect(fusions(createModel('lenet5', { inputShape: [28, 28, 1], classes: 3 }))).toEqual({});
  });

  it('does not where somebody else reads what is before the ReLU', () => {
    const net = new GraphBuilder('two-readers', [4, 4, 3]);
    const normalised = net.add(
      'bn',
      batchNorm2d(),
      net.add('conv', conv2d({ outChannels: 3, kernelSize: 1 }), net.input),
    );
    const sum = net.add('add', add(), net.add('relu', relu(), normalised), normalised);
    expect(fusions(net.build(net.add('pool', globalAvgPool2d(), sum)))).toEqual({});
  });
});
