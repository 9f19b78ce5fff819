import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { add } from '../layers/add.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { relu6 } from '../layers/relu6.ts';
import { createModel } from '../models/model.ts';
import { planResiduals } from './residuals.ts';
import { planTraining } from './training.ts';

// What is computed together is compared with what is computed apart in executor.test.ts.

function residuals(graph: Graph, frozen: readonly string[] = []): string[] {
  const resolved = resolveGraph(graph);
  const trainings = [[], frozen].map((names) => planTraining(resolved, new Set(names), false));
  return planResiduals(resolved, trainings).map(({ norm, add: { name }, activation }) =>
    [norm.name, name, ...(activation ? [activation.name] : [])].join(' '),
  );
}

/** A block whose normalisation is followed by an addition; what else there is, `more` says. */
function block(more: (net: GraphBuilder) => string, ...outputs: readonly string[]): Graph {
  const net = new GraphBuilder('block', [4, 4, 3]);
  net.chain(net.input, [
    ['conv', conv2d({ outChannels: 3, kernelSize: 1 })],
    ['bn', batchNorm2d()],
  ]);
  return net.build(net.add('pool', globalAvgPool2d(), more(net)), ...outputs);
}
const plus = (net: GraphBuilder): string => net.add('sum', add(), 'bn', net.input);

describe('planResiduals', () => {
  it('lets the last batch norm of each block wait for the addition behind it, and do its ReLU', () => {
    const blocks = ['1.0', '1.1', '1.2', '2.0', '2.1', '2.2', '3.0', '3.1', '3.2'];
    expect(residuals(createModel('resnet20', { inputShape: [32, 32, 3], classes: 10 }))).toEqual(
      blocks.map((name) => ['bn2', 'add', 'relu2'].map((layer) => `layer${name}.${layer}`).join(' ')),
    );
    expect(residuals(block((net) => net.add('relu', relu(), plus(net))))).toEqual(['bn sum relu']);
    expect(residuals(block(plus))).toEqual(['bn sum']);
    expect(residuals(block((net) => net.add('relu', relu6(), plus(net))))).toEqual(['bn sum']);
  });

  it('does not where somebody reads what is between', () => {
    expect(residuals(block((net) => net.add('twice', add(), 'bn', 'bn')))).toEqual([]);
    expect(residuals(block((net) => net.add('both', add(), plus(net), 'bn')))).toEqual([]);
    expect(residuals(block((net) => net.add('both', add(), plus(net), 'conv')))).toEqual([]);
    for (const output of ['bn', 'conv']) expect(residuals(block(plus, output))).toEqual([]);
    const reluOfSum = (net: GraphBuilder) => net.add('relu', relu(), plus(net));
    expect(residuals(block(reluOfSum, 'sum'))).toEqual(['bn sum']);
    expect(residuals(block((net) => net.add('both', add(), reluOfSum(net), 'sum')))).toEqual(['bn sum']);
  });

  it('does not where the normalisation is frozen in some steps: it meets nobody then', () => {
    expect(residuals(block(plus), ['bn.weight'])).toEqual(['bn sum']);
    expect(residuals(block(plus), ['bn.weight', 'bn.bias'])).toEqual([]);
  });
});
