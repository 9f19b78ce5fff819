import { reluForward } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkGradients } from '../check-gradients.ts';
import { GraphBuilder, sequential } from '../graph/builder.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { loadGraph, parseGraph } from '../graph/schema.ts';
import { Network, testState } from '../testing/network.ts';
import { outputOfLayer, probeGraph } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { defineLayer } from './custom-layer.ts';
import { importLayers } from './import-layers.ts';

const module = import.meta.url;

/** scale·a + b, with a scale a channel; with noise in training, if that is asked for. */
const blend = defineLayer({
  module,
  op: 'blend',
  arity: 2,
  options: z.strictObject({ noise: z.number().default(0) }),
  parameters: (_, [a]) => ({ scale: { shape: [a!.at(-1)!], initialisation: { kind: 'constant', value: 2 } } }),
  forward({ options, x: [a, b], y, samples, parameters: { scale }, training, random }) {
    for (let sample = 0; sample < samples; sample++) {
      const noise = training && options.noise > 0 ? options.noise * random(sample).normal() : 0;
      const size = y.length / samples;
      for (let i = sample * size; i < (sample + 1) * size; i++) {
        y[i] = scale[i % scale.length]! * a![i]! + b![i]! + noise;
      }
    }
  },
  backward({ x: [a], dy, dx: [da, db], parameters: { scale }, gradients }) {
    dy.forEach((slope, i) => {
      const channel = i % scale.length;
      if (da) da[i]! += slope * scale[channel]!;
      if (db) db[i]! += slope;
      gradients.scale[channel]! += slope * a![i]!;
    });
  },
});

/** Has no parameters, and another shape: the mean over the channels. By a kernel, it is cut off at 0. */
const channelMean = defineLayer({
  module,
  op: 'channelMean',
  options: z.strictObject({ of: z.int() }),
  outputShape: ({ of }, [input]) => [...input!.slice(0, -1), input!.at(-1)! / of],
  forward({ options: { of }, x: [x], y, kernels }) {
    y.fill(0);
    x!.forEach((value, i) => {
      y[Math.floor(i / of)]! += value / of;
    });
    reluForward(kernels, y.byteOffset, y.byteOffset, y.length);
  },
  backward({ options: { of }, y, dy, dx: [dx] }) {
    dx?.forEach((_, i) => {
      const from = Math.floor(i / of);
      if (y[from]! > 0) dx[i] = dy[from]! / of;
    });
  },
});

/** blend(x, relu-ish of x) … in the middle of a network, so that gradients come from behind and go on. */
function network(noise = 0) {
  const net = new GraphBuilder('net', [3, 2, 4]);
  const mixed = net.add('blend', blend({ noise }), net.input, net.input);
  const again = net.add('again', blend({ noise }), mixed, net.input);
  const mean = net.add('mean', channelMean({ of: 2 }), again);
  const probe = probeGraph([3, 2, 2], channelMean({ of: 1 }));
  const rest = probe.nodes.map((node, i) => (i === 0 ? { ...node, inputs: [mean] } : node));
  return { ...net.build('fc'), nodes: [...net.build('fc').nodes, ...rest] };
}

const inputs = { input: pseudoRandom(7 * 24, 3, 1, 1.5) };
const labels = [0, 1, 2, 3, 0, 1, 2];

describe('defineLayer', () => {
  it('makes layers whose gradients are those of the loss', () => {
    for (const shards of [1, 3]) {
      const checked = checkGradients(network(), { samples: 7, inputs, shards, h: 1 / 64 });
      expect(checked.map(({ name }) => name)).toEqual(['blend.scale', 'again.scale', 'fc.weight', 'fc.bias', 'input']);
      for (const { error, largest } of checked) expect([error < 1e-4, largest > 0.01]).toEqual([true, true]);
    }
  });

  it('shows a gradient that is wrong', () => {
    const wrong = defineLayer({
      module,
      op: 'wrong',
      options: z.strictObject({}),
      forward: ({ x: [x], y }) => y.set(x!),
      backward: ({ dx: [dx], dy }) => dx?.set(dy.map((slope) => slope * 1.01)),
    });
    const [input] = checkGradients(probeGraph([5], wrong())).filter(({ name }) => name === 'input');
    expect(input!.error).toBeGreaterThan(9e-3);
  });

  it('reads nothing that it should not, and has random numbers of its own for each sample', () => {
    const graph = network(0.5);
    const train = (shards: number) => {
      const net = new Network({ graph, batch: 7, shards });
      net.load(testState(graph));
      net.poison();
      net.train({ inputs, labels, place: { seed: 3, epoch: 1, firstPosition: 14 } });
      return net;
    };
    const [one, three] = [train(1), train(3)];
    expect(one.losses()).toEqual(three.losses());
    for (const net of [one, three]) {
      expect([...net.gradients().values()].flatMap((values) => [...values]).every(Number.isFinite)).toBe(true);
    }
  });

  it('knows training from evaluation', () => {
    const graphOf = (noise: number) => {
      const net = new GraphBuilder('net', [4]);
      return net.build(net.add('layer', blend({ noise }), net.input, net.input));
    };
    const run = (noise: number, pass: 'train' | 'evaluate'): number[] => {
      const net = new Network({ graph: graphOf(noise), batch: 1, shards: 1 });
      net.load(new Map([['layer.scale', { shape: [4], data: Float32Array.of(1, 1, 1, 1) }]]));
      net[pass]({ inputs: { input: Float32Array.of(1, 2, 3, 4) }, labels: [0] });
      return [...net.tensor('layer')];
    };
    expect(run(0.5, 'evaluate')).toEqual([2, 4, 6, 8]);
    expect(run(0, 'train')).toEqual([2, 4, 6, 8]);
    expect(run(0.5, 'train')).not.toEqual([2, 4, 6, 8]);
    expect(run(0.5, 'train')).toEqual(run(0.5, 'train'));
  });

  it('computes what it says, also with a kernel', () => {
    expect([...outputOfLayer([1, 1, 4], channelMean({ of: 2 }), [1, 3, -1, -3])]).toEqual([2, 0]);
  });

  it('makes wrong use an error of the compiler', () => {
    const wrong: (() => unknown)[] = [
      // @ts-expect-error the option has no default
      () => channelMean(),
      // @ts-expect-error it is called otherwise
      () => blend({ noisy: 1 }),
      () =>
        defineLayer({
          module,
          op: 'typed',
          options: z.strictObject({ p: z.number() }),
          parameters: () => ({ weight: { shape: [1], initialisation: { kind: 'constant', value: 1 } } }),
          // @ts-expect-error it has no parameter of that name
          forward: ({ parameters: { bias } }) => bias,
          // @ts-expect-error there is no such option
          backward: ({ options: { q } }) => q,
        }),
    ];
    expect(wrong).toHaveLength(3);
  });

  it('refuses a name that is taken', () => {
    const parts = { options: z.strictObject({}), forward: () => undefined, backward: () => undefined };
    expect(() => defineLayer({ ...parts, module, op: 'relu' })).toThrowError(
      expect.objectContaining({
        code: 'LAYER_INVALID',
        message: expect.stringContaining('there is a layer of that name, of @lockstep/core: give it another'),
      }),
    );
    expect(() => defineLayer({ ...parts, module: 'file:///other.ts', op: 'blend' })).toThrow(`of ${module}: give`);
    expect(() => defineLayer({ ...parts, module, op: 'blendAgain' })).not.toThrow();
  });

  it('checks the options by the schema', () => {
    const graph = parseGraph({
      name: 'g',
      inputs: [{ name: 'a', shape: [4] }],
      nodes: [{ name: 'mean', op: 'channelMean', module, options: { of: 2 } }],
    });
    expect(resolveGraph(graph).shapes.get('mean')).toEqual([2]);
    const { nodes } = graph;
    const wrong = { ...graph, nodes: [{ ...nodes[0]!, options: { of: 'two' } }] };
    expect(() => resolveGraph(wrong)).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS', message: expect.stringContaining('node "mean" (channelMean)') }),
    );
  });
});

describe('importLayers', () => {
  const node = (op: string, from: string | undefined) => ({
    name: 'g',
    inputs: [{ name: 'a', shape: [4] }],
    nodes: [{ name: 'n', op, ...(from !== undefined && { module: from }), inputs: ['a'], options: {} }],
    outputs: ['n'],
  });

  it('is needed before a graph with such a layer is resolved', () => {
    expect(() => resolveGraph(node('mine', 'file:///mine.ts'))).toThrow(
      'node "n": its layer "mine" is of file:///mine.ts, which has not been imported: call importLayers(graph) before',
    );
    expect(() => resolveGraph(node('blend', undefined))).toThrow(
      `"blend" is of ${module}: name it as the node's module`,
    );
  });

  it.each([
    ['file:///no/such/layer.ts', /node "n": the module of its layer "mine", file:.*layer\.ts, cannot be loaded: /],
    [new URL('./relu.ts', module).href, /does not define it: it has to call defineLayer/],
    ['data:text/javascript,process.exit()', /is no file/],
    ['node:fs', /is no file/],
    ['mine.ts', /is no file/],
  ])('names the node of a module that is none: %s', async (from, message) => {
    const refused = { code: 'LAYER_UNKNOWN', message: expect.stringMatching(message) };
    await expect(importLayers(node('mine', from))).rejects.toMatchObject(refused);
  });

  it('imports what a file names relative to itself', async () => {
    const value = { ...node('channelMean', './custom-layer.test.ts'), outputs: undefined };
    const options = { of: 4 };
    const graph = await loadGraph({ ...value, nodes: [{ ...value.nodes[0], options }] }, module);
    expect(graph.nodes[0]!.module).toBe(module);
    expect(resolveGraph(sequential('s', [8], [['m', channelMean({ of: 4 })]])).shapes.get('m')).toEqual([2]);
  });
});
