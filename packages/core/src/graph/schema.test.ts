import { describe, expect, it } from 'vitest';
import { CoreError } from '../errors.ts';
import { createModel, modelInfo } from '../models/model.ts';
import { Generator } from '../random/generator.ts';
import { resolveGraph } from './resolve.ts';
import { parseGraph } from './schema.ts';
import { summarise } from './summary.ts';

const tiny = {
  name: 'tiny',
  inputs: [{ name: 'picture', shape: [8, 8, 1] }],
  nodes: [
    { name: 'conv', op: 'conv2d', options: { outChannels: 4, kernelSize: 3 } },
    { name: 'pool', op: 'globalAvgPool2d' },
    { name: 'fc', op: 'linear', options: { outFeatures: 3 } },
  ],
};

describe('parseGraph', () => {
  it('fills in what follows from the order', () => {
    const { nodes, outputs } = parseGraph(tiny);
    expect(nodes.map(({ inputs }) => inputs)).toEqual([['picture'], ['conv'], ['pool']]);
    expect(nodes[1]!.options).toEqual({});
    expect(outputs).toEqual(['fc']);
  });

  it('takes layers that share their parameters', () => {
    const shared = { name: 'again', op: 'linear', inputs: ['pool'], options: { outFeatures: 3 }, shareWith: 'fc' };
    const graph = parseGraph({ ...tiny, nodes: [...tiny.nodes, shared] });
    expect(graph.nodes.at(-1)).toEqual(shared);
    const { layers, parameters } = summarise(resolveGraph(graph));
    expect(layers.at(-1)).toMatchObject({ weights: 0, biases: 0, multiplyAdds: 12 });
    expect(parameters).toBe(40 + 15);
  });

  it.each(['googlenet', 'efficientnet-b0', 'deconvnet'])('takes %s as it was written to JSON', (name) => {
    const graph = createModel(name, modelInfo(name).original);
    expect(parseGraph(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
  });

  it.each([
    [null, 'GRAPH_INVALID', 'this is no graph: '],
    [{ ...tiny, node: [] }, 'GRAPH_INVALID', 'node'],
    [{ ...tiny, inputs: [{ name: 'picture', shape: [8, 0, 1] }] }, 'GRAPH_INVALID', 'inputs[0].shape[1]'],
    [{ ...tiny, nodes: [{ name: 'a', op: 'relu', inputs: 'picture' }] }, 'GRAPH_INVALID', 'nodes[0].inputs'],
    [{ ...tiny, outputs: ['fd'] }, 'GRAPH_INVALID', 'there is no tensor "fd"'],
    [{ ...tiny, nodes: [{ name: 'a', op: 'conv3d' }] }, 'LAYER_UNKNOWN', 'node "a": there is no layer "conv3d"'],
    [{ ...tiny, nodes: [{ name: 'a', op: 'relu', options: { p: 1 } }] }, 'LAYER_OPTIONS', 'node "a" (relu)'],
    [{ ...tiny, nodes: [{ name: 'a', op: 'linear', options: { outFeatures: 1 } }] }, 'GRAPH_SHAPE', 'node "a": linear'],
  ])('refuses %j', (value, code, message) => {
    expect(() => parseGraph(value)).toThrowError(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('throws nothing but a CoreError, whatever is in the place of some part', () => {
    const random = new Generator({ seed: 1, purpose: 'split' });
    const junk = [
      null,
      undefined,
      true,
      -1,
      0.5,
      Number.NaN,
      1e9,
      '',
      'conv',
      '__proto__',
      [],
      {},
      [[1]],
      { kind: 'x' },
    ];
    const broken = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || random.integer(4) === 0)
        return junk[random.integer(junk.length)];
      const keys = Object.keys(value);
      const key = keys[random.integer(keys.length)]!;
      const copy = structuredClone(value) as Record<string, unknown>;
      copy[key] = broken(copy[key]);
      return copy;
    };
    let refused = 0;
    for (let i = 0; i < 500; i++) {
      const value = broken(tiny);
      try {
        parseGraph(value);
      } catch (error) {
        if (!(error instanceof CoreError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(350);
  });
});
