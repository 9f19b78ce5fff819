import { describe, expect, it } from 'vitest';
import { GraphBuilder, sequential } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { add } from '../layers/add.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { createModel } from '../models/model.ts';
import { planTensors } from './tensors.ts';
import { planTraining } from './training.ts';

// That the places of a step never get in each other's way is tested in executor.test.ts, by what is computed in them.

const plan = (graph: Graph, inputGradients = false, maxImages = 2, frozen: readonly string[] = []) => {
  const resolved = resolveGraph(graph);
  return planTensors(resolved, { maxImages, needs: planTraining(resolved, new Set(frozen), inputGradients).needs });
};

const tail = [
  ['flatten', flatten()],
  ['fc', linear({ outFeatures: 5 })],
] as const;

describe('planTensors', () => {
  it('lets a ReLU overwrite what it reads, forward and backward, where nobody else needs it', () => {
    const { activations, gradients } = plan(
      sequential(
        'chain',
        [4, 4, 2],
        [
          ['conv', conv2d({ outChannels: 3, kernelSize: 3 })],
          ['relu', relu()],
          ['flatten', flatten()],
          ['fc', linear({ outFeatures: 5 })],
        ],
      ),
    );
    expect(activations.get('relu')).toBe(activations.get('conv'));
    expect(gradients.get('relu')).toBe(gradients.get('conv'));
    expect(activations.get('input')).not.toBe(activations.get('conv'));
  });

  it('lets batch norm overwrite its gradient, but not its input, which it needs again', () => {
    const { activations, gradients } = plan(
      sequential(
        'chain',
        [4, 4, 2],
        [
          ['conv', conv2d({ outChannels: 3, kernelSize: 3 })],
          ['bn', batchNorm2d()],
          ['flatten', flatten()],
          ['fc', linear({ outFeatures: 5 })],
        ],
      ),
    );
    expect(activations.get('bn')).not.toBe(activations.get('conv'));
    expect(gradients.get('bn')).toBe(gradients.get('conv'));
  });

  it('lets an addition overwrite its first input, and give its gradient on as it is', () => {
    const net = new GraphBuilder('residual', [4, 4, 2]);
    const stem = net.add('stem', conv2d({ outChannels: 2, kernelSize: 1 }), net.input);
    const branch = net.add('branch', conv2d({ outChannels: 2, kernelSize: 1 }), stem);
    net.add('sum', add(), branch, stem);
    const { activations, gradients } = plan(net.build(net.chain('sum', tail)));
    expect(activations.get('sum')).toBe(activations.get('branch'));
    expect(activations.get('sum')).not.toBe(activations.get('stem'));
    expect(gradients.get('sum')).toBe(gradients.get('branch'));
    expect(gradients.get('sum')).not.toBe(gradients.get('stem'));
  });

  it('overwrites no input of the graph, no output, nothing with another reader, and nothing that is kept', () => {
    const separate = (graph: Graph, read: string) => {
      const { activations } = plan(graph);
      expect(activations.get('relu')).not.toBe(activations.get(read));
    };
    separate(sequential('input', [4, 4, 2], [['relu', relu()], ...tail]), 'input');

    const conv = conv2d({ outChannels: 2, kernelSize: 1 });
    const output = sequential('output', [4, 4, 2], [['conv', conv], ['relu', relu()], ...tail]);
    separate({ ...output, outputs: ['fc', 'conv'] }, 'conv');

    const net = new GraphBuilder('reader', [4, 4, 2]);
    net.add('conv', conv, net.input);
    net.add('relu', relu(), 'conv');
    separate(net.build(net.chain(net.add('sum', add(), 'relu', 'conv'), tail)), 'conv');

    // A maximum is found again by its value, and a ReLU's output says where it was open.
    separate(
      sequential(
        'pool',
        [4, 4, 2],
        [['conv', conv], ['pool', maxPool2d({ kernelSize: 2 })], ['relu', relu()], ...tail],
      ),
      'pool',
    );
    separate(sequential('relus', [4, 4, 2], [['conv', conv], ['first', relu()], ['relu', relu()], ...tail]), 'first');
  });

  it('has gradients from the loss to the first layer with parameters; to the inputs only on request', () => {
    const graph = sequential(
      'late',
      [4, 4, 2],
      [
        ['pool', maxPool2d({ kernelSize: 2 })],
        ['flatten', flatten()],
        ['fc1', linear({ outFeatures: 5 })],
        ['fc2', linear({ outFeatures: 5 })],
      ],
    );
    expect([...plan(graph).gradients.keys()].sort()).toEqual(['fc1', 'fc2']);
    expect([...plan(graph, true).gradients.keys()].sort()).toEqual(['fc1', 'fc2', 'flatten', 'input', 'pool']);
    expect(plan(graph).shares.get('fc1')).toEqual([undefined]);
    expect(plan(graph).shares.get('fc2')).toMatchObject([
      { place: plan(graph).gradients.get('fc1'), addTo: undefined },
    ]);
  });

  it('has no gradients off the way from the parameters to the loss', () => {
    const net = new GraphBuilder('side', [4, 4, 2]);
    net.add('conv', conv2d({ outChannels: 2, kernelSize: 1 }), net.input);
    net.add('side', conv2d({ outChannels: 2, kernelSize: 1 }), 'conv');
    const end = net.chain('conv', [
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 5 })],
    ]);
    const { gradients, shares } = plan(net.build(end, 'side'));
    expect([...gradients.keys()].sort()).toEqual(['conv', 'fc', 'flatten']);
    expect(shares.get('side')).toEqual([undefined]);
  });

  it('adds the shares of all readers but one', () => {
    const net = new GraphBuilder('readers', [4, 4, 2]);
    net.add('conv', conv2d({ outChannels: 2, kernelSize: 1 }), net.input);
    net.add('first', add(), 'conv', 'conv');
    net.add('second', add(), 'first', 'conv');
    const { gradients, shares } = plan(
      net.build(
        net.chain('second', [
          ['flatten', flatten()],
          ['fc', linear({ outFeatures: 5 })],
        ]),
      ),
    );
    const target = gradients.get('conv')!;
    // Backward, `second` comes first.
    expect(shares.get('second')![1]).toEqual({ place: target, addTo: undefined, adds: false });
    for (const share of shares.get('first')!) {
      expect(share!.addTo).toBe(target);
      expect(share!.place).not.toBe(target);
    }
    expect(shares.get('first')![0]!.place).not.toBe(shares.get('first')![1]!.place);
  });

  it('lets a node that can add its share to what is there, behind another reader', () => {
    const net = new GraphBuilder('two', [4, 4, 2]);
    net.add('conv', conv2d({ outChannels: 2, kernelSize: 1 }), net.input);
    for (const name of ['left', 'right']) net.add(name, conv2d({ outChannels: 2, kernelSize: 1 }), 'conv');
    const last = net.chain(net.add('sum', add(), 'left', 'right'), [
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 5 })],
    ]);
    const resolved = resolveGraph(net.build(last));
    const { needs } = planTraining(resolved, new Set(), false);
    const adds = ({ name }: { readonly name: string }) => name !== 'sum';
    const { gradients, shares } = planTensors(resolved, { maxImages: 2, needs, adds });
    const target = gradients.get('conv')!;
    // Backward, `right` comes first: there is nothing to add to as yet.
    expect(shares.get('right')).toEqual([{ place: target, addTo: undefined, adds: false }]);
    expect(shares.get('left')).toEqual([{ place: target, addTo: undefined, adds: true }]);
    const apart = planTensors(resolved, { maxImages: 2, needs }).shares.get('left')![0]!;
    expect(apart).toMatchObject({ addTo: expect.anything(), adds: false });
    expect(apart.place).not.toBe(apart.addTo);
  });

  it('keeps nothing for layers below the lowest trained one, and makes no gradients there', () => {
    const graph = createModel('small-cnn', { inputShape: [28, 28, 1], classes: 10 });
    const frozen = graph.nodes.flatMap(({ name }) =>
      name.startsWith('conv') ? [`${name}.weight`] : name.startsWith('bn') ? [`${name}.weight`, `${name}.bias`] : [],
    );
    const [all, head] = [plan(graph, false, 8), plan(graph, false, 8, frozen)];
    expect([...head.gradients.keys()]).toEqual(['fc']);
    expect(head.floats).toBeLessThan(all.floats / 2);
  });

  it('needs less than half of what separate places would, for the default model', () => {
    const resolved = resolveGraph(createModel('small-cnn', { inputShape: [28, 28, 1], classes: 10 }));
    const { floats, activations, gradients } = plan(resolved.graph, false, 8);
    const separate = [...activations.keys(), ...gradients.keys()]
      .map((name) => resolved.shapes.get(name)!.reduce((product, size) => product * size, 8))
      .reduce((total, size) => total + size, 0);
    expect(floats / separate).toBeLessThan(0.5);
  });
});
