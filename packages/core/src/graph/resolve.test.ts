import { describe, expect, it } from 'vitest';
import { relu } from '../layers/relu.ts';
import { sequential } from './builder.ts';
import type { Graph, GraphNode } from './graph.ts';
import { resolveGraph } from './resolve.ts';

const node = (name: string, op: string, inputs: readonly string[], options = {}): GraphNode => ({
  name,
  op,
  inputs,
  options,
});
const graph = (changes: Partial<Graph>): Graph => ({
  name: 'net',
  inputs: [{ name: 'input', shape: [4, 4, 2] }],
  nodes: [node('a', 'relu', ['input']), node('b', 'flatten', ['a'])],
  outputs: ['b'],
  ...changes,
});

describe('resolveGraph', () => {
  it('knows the shape of every tensor, and the options with their defaults', () => {
    const { shapes, nodes } = resolveGraph(
      graph({
        nodes: [
          node('conv', 'conv2d', ['input'], { outChannels: 3, kernelSize: [3, 1] }),
          node('b', 'flatten', ['conv']),
        ],
      }),
    );
    expect([...shapes]).toEqual([
      ['input', [4, 4, 2]],
      ['conv', [2, 4, 3]],
      ['b', [24]],
    ]);
    expect(nodes[0]!.options).toMatchObject({
      outChannels: 3,
      kernelSize: [3, 1],
      stride: [1, 1],
      padding: [0, 0],
      dilation: [1, 1],
      bias: true,
      initialisation: { kind: 'torchDefault' },
    });
    expect(nodes[0]).toMatchObject({ name: 'conv', inputNames: ['input'], inputs: [[4, 4, 2]], output: [2, 4, 3] });
  });

  it.each<readonly [string, Partial<Graph>, string, string]>([
    [
      'an unknown layer',
      { nodes: [node('b', 'frobnicate', ['input'])] },
      'LAYER_UNKNOWN',
      'node "b": there is no layer "frobnicate"; there are adaptiveAvgPool2d, ',
    ],
    [
      'a name that every object has',
      { nodes: [node('b', 'constructor', ['input'])] },
      'LAYER_UNKNOWN',
      'node "b": there is no layer "constructor"',
    ],
    [
      'too many inputs',
      { nodes: [node('b', 'relu', ['input', 'input'])] },
      'GRAPH_INVALID',
      'node "b": relu reads 1 tensors, got 2',
    ],
    ['too few', { nodes: [node('b', 'add', ['input'])] }, 'GRAPH_INVALID', 'node "b": add reads 2 tensors, got 1'],
    [
      'an input that there is not',
      { nodes: [node('b', 'relu', ['x'])] },
      'GRAPH_INVALID',
      'node "b": there is no tensor "x" before it; there are input',
    ],
    [
      'an input that comes later',
      { nodes: [node('a', 'relu', ['b']), node('b', 'relu', ['input'])] },
      'GRAPH_INVALID',
      'node "a": there is no tensor "b" before it',
    ],
    ['itself', { nodes: [node('b', 'relu', ['b'])] }, 'GRAPH_INVALID', 'node "b": there is no tensor "b" before it'],
    [
      'two nodes of one name',
      { nodes: [node('b', 'relu', ['input']), node('b', 'relu', ['input'])] },
      'GRAPH_INVALID',
      'two tensors are called "b": names must be unique',
    ],
    [
      "a node with an input's name",
      { nodes: [node('input', 'relu', ['input'])] },
      'GRAPH_INVALID',
      'two tensors are called "input"',
    ],
    ['no name', { nodes: [node('', 'relu', ['input'])] }, 'GRAPH_INVALID', 'an input or a node has no name'],
    ['no outputs', { outputs: [] }, 'GRAPH_INVALID', 'graph "net" has no outputs'],
    [
      'an output that there is not',
      { outputs: ['c'] },
      'GRAPH_INVALID',
      'output of graph "net": there is no tensor "c" before it; there are input, a, b',
    ],
    [
      'an input without a shape',
      { inputs: [{ name: 'x', shape: [] }] },
      'GRAPH_INVALID',
      'input "x": expected a shape of positive integers, got ',
    ],
    [
      'an empty input',
      { inputs: [{ name: 'x', shape: [4, 0, 2] }] },
      'GRAPH_INVALID',
      'input "x": expected a shape of positive integers, got 4x0x2',
    ],
    [
      'half a pixel',
      { inputs: [{ name: 'x', shape: [4.5] }] },
      'GRAPH_INVALID',
      'input "x": expected a shape of positive integers, got 4.5',
    ],
    ['unknown options', { nodes: [node('b', 'relu', ['input'], { slope: 1 })] }, 'LAYER_OPTIONS', 'node "b" (relu): '],
    [
      'a shape that does not fit',
      { nodes: [node('b', 'linear', ['input'], { outFeatures: 2 })] },
      'GRAPH_SHAPE',
      'node "b": linear expects a vector',
    ],
  ])('refuses %s', (_, changes, code, message) => {
    expect(() => resolveGraph(graph(changes))).toThrowError(
      expect.objectContaining({ name: 'CoreError', code, message: expect.stringContaining(message) }),
    );
  });

  it('says in one line which option is wrong and what was expected', () => {
    const options = { outChannels: 0, kernelSize: 3, colour: 'red' };
    const run = () => resolveGraph(graph({ nodes: [node('b', 'conv2d', ['input'], options)] }));
    expect(run).toThrowError(/^node "b" \(conv2d\): .*"colour".*>=1.*outChannels[^\n]*$/);
  });

  it('leaves the graph as it is', () => {
    const given = sequential('net', [3], [['a', relu()]]);
    const copy = structuredClone(given);
    expect(resolveGraph(given).graph).toBe(given);
    expect(given).toEqual(copy);
  });
});
