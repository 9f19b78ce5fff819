import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { add } from './add.ts';
import { avgPool2d } from './avg-pool2d.ts';
import { batchNorm2d } from './batch-norm2d.ts';
import { conv2d } from './conv2d.ts';
import { flatten } from './flatten.ts';
import { linear } from './linear.ts';

const classes = linear({ outFeatures: 4 });

describe('add', () => {
  it('has the gradients of its loss where both inputs are one tensor', () => {
    const net = new GraphBuilder('twice', [3, 2, 2]);
    const graph = net.build(
      net.chain(net.add('sum', add(), net.input, net.input), [
        ['flatten', flatten()],
        ['fc', classes],
      ]),
    );
    expectGradients({ graph, batch: { inputs: { input: pseudoRandom(4 * 12, 1) }, labels: [1, 3, 0, 2] } });
  });

  it('has the gradients of its loss in a residual block, whose input has two readers', () => {
    const net = new GraphBuilder('residual', [4, 3, 2]);
    const stem = net.add('stem', conv2d({ outChannels: 3, kernelSize: 1 }), net.input);
    const branch = net.chain(stem, [
      ['conv', conv2d({ outChannels: 3, kernelSize: 3, padding: 1, bias: false })],
      ['bn', batchNorm2d()],
    ]);
    const graph = net.build(
      net.chain(net.add('sum', add(), branch, stem), [
        ['flatten', flatten()],
        ['fc', classes],
      ]),
    );
    expectGradients({ graph, batch: { inputs: { input: pseudoRandom(5 * 24, 1) }, labels: [1, 3, 0, 2, 2] } });
  });

  it('has the gradients of its loss where a tensor has three readers, at different depths', () => {
    const net = new GraphBuilder('three', [4, 3, 2]);
    const stem = net.add('stem', conv2d({ outChannels: 2, kernelSize: 1 }), net.input);
    const left = net.add('left', conv2d({ outChannels: 2, kernelSize: 3, padding: 1 }), stem);
    const pooled = net.add('pooled', avgPool2d({ kernelSize: 3, stride: 1, padding: 1 }), stem);
    const first = net.add('first', add(), left, stem);
    const graph = net.build(
      net.chain(net.add('second', add(), pooled, first), [
        ['flatten', flatten()],
        ['fc', classes],
      ]),
    );
    expectGradients({ graph, batch: { inputs: { input: pseudoRandom(5 * 24, 1) }, labels: [1, 3, 0, 2, 2] } });
  });

  it('has the gradients of its loss with respect to two inputs of the graph', () => {
    const net = new GraphBuilder('one', [3, 2, 2]);
    const { nodes, outputs } = net.build(
      net.chain(net.add('sum', add(), 'left', 'right'), [
        ['flatten', flatten()],
        ['fc', classes],
      ]),
    );
    const inputs = [
      { name: 'left', shape: [3, 2, 2] },
      { name: 'right', shape: [3, 2, 2] },
    ];
    const batch = { inputs: { left: pseudoRandom(36, 1), right: pseudoRandom(36, 2) }, labels: [1, 3, 0] };
    expectGradients({ graph: { name: 'two', inputs, nodes, outputs }, batch });
  });

  it('refuses inputs of different shapes, with both', () => {
    const net = new GraphBuilder('unequal', [3, 2, 2]);
    const wide = net.add('wide', conv2d({ outChannels: 5, kernelSize: 1 }), net.input);
    expect(() => resolveGraph(net.build(net.add('sum', add(), wide, net.input)))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: 'node "sum": add expects two inputs of one shape, got 3x2x5 and 3x2x2',
      }),
    );
    expect(() => outputOfLayer([3], add(), [1, 2, 3])).toThrowError('node "layer": add reads 2 tensors, got 1');
  });
});
