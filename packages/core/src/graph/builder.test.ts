import { describe, expect, it } from 'vitest';
import { add } from '../layers/add.ts';
import { relu } from '../layers/relu.ts';
import { GraphBuilder, sequential } from './builder.ts';

describe('GraphBuilder', () => {
  it('makes plain data, which travels as it is', () => {
    const net = new GraphBuilder('net', [4, 4, 2]);
    const left = net.chain(net.input, [
      ['a', relu()],
      ['b', relu()],
    ]);
    const graph = net.build(net.add('sum', add(), left, 'a'), 'b');
    expect(graph).toEqual({
      name: 'net',
      inputs: [{ name: 'input', shape: [4, 4, 2] }],
      nodes: [
        { name: 'a', op: 'relu', inputs: ['input'], options: {} },
        { name: 'b', op: 'relu', inputs: ['a'], options: {} },
        { name: 'sum', op: 'add', inputs: ['b', 'a'], options: {} },
      ],
      outputs: ['sum', 'b'],
    });
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
    expect(structuredClone(graph)).toEqual(graph);
  });

  it('adds branches and residuals', () => {
    const net = new GraphBuilder('net', [4, 4, 2]);
    const both = net.branches('both', net.input, [[['a', relu()]], []]);
    const sum = net.residual('sum', both, [['b', relu()]]);
    const { nodes } = net.build(net.residual('last', sum, [['c', relu()]], [['d', relu()]]));
    expect(nodes.map(({ name, op, inputs }) => [name, op, ...inputs])).toEqual([
      ['a', 'relu', 'input'],
      ['both', 'concat', 'a', 'input'],
      ['b', 'relu', 'both'],
      ['sum', 'add', 'b', 'both'],
      ['c', 'relu', 'sum'],
      ['d', 'relu', 'sum'],
      ['last', 'add', 'c', 'd'],
    ]);
  });

  it('builds what there is so far: later nodes do not change it', () => {
    const net = new GraphBuilder('net', [3]);
    const graph = net.build(net.add('a', relu(), net.input));
    net.add('b', relu(), 'a');
    expect(graph.nodes).toHaveLength(1);
  });

  it('has a short form for a network without branches', () => {
    const { nodes, outputs } = sequential(
      'net',
      [3],
      [
        ['a', relu()],
        ['b', relu()],
      ],
    );
    expect(nodes.map(({ name, inputs }) => [name, inputs])).toEqual([
      ['a', ['input']],
      ['b', ['a']],
    ]);
    expect(outputs).toEqual(['b']);
  });
});
