import { describe, expect, it } from 'vitest';
import { sequential } from '../graph/builder.ts';
import { expectGradients } from '../testing/gradients.ts';
import { Network, testState } from '../testing/network.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom, relativeError } from '../testing/values.ts';
import { batchNorm2d } from './batch-norm2d.ts';
import { conv2d } from './conv2d.ts';
import { globalAvgPool2d } from './global-avg-pool2d.ts';

describe('batchNorm2d', () => {
  it.each([
    ['one shard', 1, 5],
    ['uneven shards', 3, 5],
    ['more shards than samples', 7, 5],
    ['a pixel a shard', 4, 4],
  ])('has the gradients of its loss through the statistics of the whole batch: %s', (_, shards, samples) => {
    const shape = samples === 4 ? [1, 1, 5] : [3, 2, 5];
    const size = shape.reduce((product, length) => product * length, 1);
    const batch = { inputs: { input: pseudoRandom(samples * size, 1, 2) }, labels: [2, 0, 3, 1, 3].slice(0, samples) };
    expectGradients({ graph: probeGraph(shape, batchNorm2d({ eps: 1e-2 })), batch, shards });
  });

  it('takes away any bias before it', () => {
    const graph = sequential(
      'conv-bn',
      [4, 4, 2],
      [
        ['conv', conv2d({ outChannels: 3, kernelSize: 3 })],
        ['bn', batchNorm2d()],
        ['pool', globalAvgPool2d()],
      ],
    );
    const network = new Network({ graph, batch: 6, shards: 4 });
    network.load(testState(graph));
    network.train({ inputs: { input: pseudoRandom(6 * 32, 3) }, labels: [0, 1, 2, 0, 1, 1] });
    expect(Math.max(...network.gradients().get('conv.bias')!.map(Math.abs))).toBeLessThan(1e-6);
  });

  it('normalises by the batch in training, and takes the unbiased variance into the running one', () => {
    const graph = probeGraph([1, 2, 1], batchNorm2d({ eps: 0.5, momentum: 0.25 }));
    const network = new Network({ graph: { ...graph, outputs: ['fc', 'layer'] }, batch: 2, shards: 2 });
    network.load(
      new Map([
        ...testState(graph),
        ['layer.weight', { shape: [1], data: Float32Array.of(3) }],
        ['layer.bias', { shape: [1], data: Float32Array.of(1) }],
        ['layer.running_mean', { shape: [1], data: Float32Array.of(8) }],
        ['layer.running_var', { shape: [1], data: Float32Array.of(4) }],
      ]),
    );
    const batch = { inputs: { input: Float32Array.of(1, 2, 3, 6) }, labels: [0, 1] };
    network.train(batch);
    // Mean 3; squared deviations 4 + 1 + 0 + 9 = 14: the biased variance is 3.5, the unbiased one 14/3.
    expect(network.nextBuffers()).toEqual(
      new Map([
        ['layer.running_mean', Float32Array.of(0.75 * 8 + 0.25 * 3)],
        ['layer.running_var', Float32Array.of(0.75 * 4 + 0.25 * (14 / 3))],
      ]),
    );
    expect(network.state().get('layer.running_mean')!.data[0]).toBe(8); // what a step reads stays
    const expected = [1, 2, 3, 6].map((x) => ((x - 3) / Math.sqrt(3.5 + 0.5)) * 3 + 1);
    expect(relativeError(network.tensor('layer'), expected)).toBeLessThan(1e-6);

    network.evaluate(batch);
    const running = [1, 2, 3, 6].map((x) => ((x - 8) / Math.sqrt(4 + 0.5)) * 3 + 1);
    expect(relativeError(network.tensor('layer'), running)).toBeLessThan(1e-6);
  });

  it('does not depend on what its statistics start from in training', () => {
    const x = pseudoRandom(3 * 8, 5);
    const mean = new Map([['layer.running_mean', { shape: [2], data: Float32Array.of(1e6, -1e6) }]]);
    const options = { samples: 3, train: true };
    expect(outputOfLayer([2, 2, 2], batchNorm2d(), x, { ...options, state: mean })).toEqual(
      outputOfLayer([2, 2, 2], batchNorm2d(), x, options),
    );
  });

  it('refuses a batch of one value a channel, with what to do', () => {
    const graph = probeGraph([1, 1, 3], batchNorm2d());
    const network = new Network({ graph, batch: 4, shards: 2 });
    network.load(testState(graph));
    const one = { inputs: { input: Float32Array.of(1, 2, 3) }, labels: [0] };
    expect(() => network.train(one)).toThrowError(
      expect.objectContaining({
        name: 'CoreError',
        code: 'BATCH_INVALID',
        message:
          'layer: batch normalisation needs more than one value a channel, got a batch of 1 of shape 1x1x3; use a larger batch',
      }),
    );
    network.evaluate(one); // evaluation needs no statistics of the batch
    network.train({ inputs: { input: pseudoRandom(6, 1) }, labels: [0, 1] });
    expect(network.losses().every(Number.isFinite)).toBe(true);
  });

  it.each([{ eps: 0 }, { eps: -1 }, { momentum: 1.5 }, { momentum: null }, { affine: false }])(
    'refuses the options %j',
    (options) => {
      expect(() => shapeOfLayer([5, 5, 1], { op: 'batchNorm2d', options })).toThrowError(
        expect.objectContaining({
          code: 'LAYER_OPTIONS',
          message: expect.stringContaining('node "layer" (batchNorm2d)'),
        }),
      );
    },
  );

  it('refuses a vector', () => {
    expect(() => shapeOfLayer([5], batchNorm2d())).toThrowError('node "layer": batchNorm2d expects a map');
  });
});
