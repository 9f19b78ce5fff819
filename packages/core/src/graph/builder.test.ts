import { describe, expect, it } from 'vitest';
import { add } from '../layers/add.ts';
import { conv2d } from '../layers/conv2d.ts';
import { relu } from '../layers/relu.ts';
import { branches, GraphBuilder, residual, sequential } from './builder.ts';

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

  it('has blocks in a chain, and blocks in blocks', () => {
    const inner = residual('inner', [['b', relu()]], [['c', relu()]]);
    const graph = sequential('net', [3], [['a', relu()], branches('outer', [[inner, ['d', relu()]], []]), ['e', relu()]]); // biome-ignore format: a chain
    expect(graph.nodes.map(({ name, op, inputs }) => [name, op, ...inputs])).toEqual([
      ['a', 'relu', 'input'],
      ['b', 'relu', 'a'],
      ['c', 'relu', 'a'],
      ['inner', 'add', 'b', 'c'],
      ['d', 'relu', 'inner'],
      ['outer', 'concat', 'd', 'a'],
      ['e', 'relu', 'outer'],
    ]);
  });

  it('makes wrong use an error of the compiler', () => {
    const wrong: (() => unknown)[] = [
      // @ts-expect-error the name comes first
      () => sequential('net', [3], [[relu(), 'a']]),
      // @ts-expect-error a layer has a name
      () => sequential('net', [3], [relu()]),
      // @ts-expect-error the options are the layer's own
      () => conv2d({ outChannel: 3, kernelSize: 1 }),
      // @ts-expect-error a block is made of chains
      () => sequential('net', [3], [branches('b', [['a', relu()]])]),
    ];
    expect(wrong).toHaveLength(4);
  });
});
