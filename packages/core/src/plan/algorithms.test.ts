import { describe, expect, it } from 'vitest';
import { sequential } from '../graph/builder.ts';
import { conv2d } from '../layers/conv2d.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { createModel } from '../models/model.ts';
import { batchFor } from '../testing/graphs.ts';
import { Network, testState } from '../testing/network.ts';
import { relativeError } from '../testing/values.ts';
import { algorithmTableSchema, chooseAlgorithms } from './algorithms.ts';

const graph = sequential(
  'net',
  [8, 8, 16],
  [
    ['conv1', conv2d({ outChannels: 16, kernelSize: 3, padding: 1 })],
    ['conv2', conv2d({ outChannels: 16, kernelSize: 3, padding: 1, stride: 2 })],
    ['depthwise', conv2d({ outChannels: 16, kernelSize: 3, padding: 1, groups: 16 })],
    ['flatten', flatten()],
    ['fc', linear({ outFeatures: 3 })],
  ],
);
const all = (algorithm: string) => ({ forward: algorithm, inputGradient: algorithm, weightGradient: algorithm });

describe('chooseAlgorithms', () => {
  it('chooses by the shapes, or what is asked for where it applies', () => {
    const others = { conv2: all('direct'), depthwise: all('depthwise') };
    expect(chooseAlgorithms(graph)).toEqual({ conv1: all('winograd'), ...others });
    expect(chooseAlgorithms(graph, 'winograd')).toEqual({ conv1: all('winograd'), ...others });
    expect(chooseAlgorithms(graph, 'direct')).toEqual({ conv1: all('direct'), ...others });
  });

  it('gives a table that files can hold', () => {
    const table = chooseAlgorithms(createModel('resnet20', { inputShape: [32, 32, 3], classes: 10 }));
    expect(algorithmTableSchema.parse(JSON.parse(JSON.stringify(table)))).toEqual(table);
    expect(() => algorithmTableSchema.parse({ conv1: { forward: 'fft' } })).toThrow(/expected one of/);
  });

  it('is what the plan computes with: other bits, the same values to a rounding', () => {
    const gradients = (['direct', 'winograd'] as const).map((choice) => {
      const network = new Network({ graph, batch: 6, shards: 3, algorithms: chooseAlgorithms(graph, choice) });
      network.load(testState(graph));
      network.train(batchFor(graph, 6));
      return network.gradients().get('conv1.weight')!;
    });
    expect(gradients[0]).not.toEqual(gradients[1]);
    expect(relativeError(gradients[0]!, gradients[1]!)).toBeLessThan(2e-5);
  });

  it('is refused where an algorithm does not apply', () => {
    const table = chooseAlgorithms(graph);
    const plan = (algorithms: typeof table) => () => new Network({ graph, batch: 6, shards: 3, algorithms });
    expect(plan({ ...table, conv2: table.conv1! })).toThrow(/conv2d: forward by 'winograd' does not apply to/);
    expect(plan({ ...table, depthwise: table.conv2! })).toThrow(/conv2d: forward by 'direct' does not apply to/);
  });
});
