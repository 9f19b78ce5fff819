import { describe, expect, it } from 'vitest';
import type { BatchPlace } from '../execution/batch.ts';
import { GraphBuilder, sequential } from '../graph/builder.ts';
import { Generator } from '../random/generator.ts';
import { expectGradients } from '../testing/gradients.ts';
import { Network, testState } from '../testing/network.ts';
import { probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { add } from './add.ts';
import { dropout } from './dropout.ts';
import { linear } from './linear.ts';

const size = 40;
const place = { seed: 7, epoch: 3, firstPosition: 1000 };
// Two, of which the second reads what the first let through.
const graph = {
  ...sequential(
    'dropouts',
    [size],
    [
      ['first', dropout({ p: 0.25 })],
      ['fc1', linear({ outFeatures: size })],
      ['second', dropout()],
      ['fc2', linear({ outFeatures: 3 })],
    ],
  ),
  outputs: ['fc2', 'first', 'second'],
};

/** The outputs of both dropouts for samples of ones, as the mask that they are. */
function masks(options: { place?: BatchPlace; samples?: number; shards?: number } = {}): Map<string, Float32Array> {
  const { samples = 6, shards = 4 } = options;
  const network = new Network({ graph, batch: samples, shards });
  network.load(testState(graph));
  const inputs = { input: new Float32Array(samples * size).fill(1) };
  network.train({ inputs, labels: new Array<number>(samples).fill(0), place: options.place ?? place });
  return new Map(['first', 'second'].map((name) => [name, network.tensor(name).map((value) => (value === 0 ? 0 : 1))]));
}

describe('dropout', () => {
  it('drops what the generator says for seed, epoch, position, layer and index', () => {
    const got = masks();
    for (const [layer, name, p] of [
      [0, 'first', 0.25],
      [2, 'second', 0.5],
    ] as const) {
      const expected = Array.from({ length: 6 }, (_, sample) => {
        const { seed, epoch, firstPosition } = place;
        const generator = new Generator({ seed, purpose: 'dropout', epoch, position: firstPosition + sample, layer });
        return Array.from({ length: size }, () => (generator.uint32() >= p * 2 ** 32 ? 1 : 0));
      }).flat();
      expect([...got.get(name)!], name).toEqual(expected);
    }
  });

  it('drops the same of a sample in any batch, and with any number of shards', () => {
    const all = masks().get('second')!;
    expect(masks({ shards: 1 }).get('second')).toEqual(all);
    const later = masks({ place: { ...place, firstPosition: place.firstPosition + 4 }, samples: 2, shards: 7 });
    expect(later.get('second')).toEqual(all.subarray(4 * size));
  });

  it.each([{ seed: 8 }, { epoch: 4 }, { firstPosition: 1006 }])('drops others with %j', (changes) => {
    expect(masks({ place: { ...place, ...changes } }).get('second')).not.toEqual(masks().get('second'));
  });

  it('drops others in each sample, and in each layer', () => {
    const second = masks().get('second')!;
    const samples = Array.from({ length: 6 }, (_, i) => second.slice(i * size, (i + 1) * size).join(''));
    expect(new Set(samples).size).toBe(6);
    const twins = masks().get('first')!;
    expect(twins).not.toEqual(second);
  });

  it('divides what it keeps by 1 − p, and keeps as many as it says', () => {
    const wide = { ...probeGraph([50_000], dropout({ p: 0.2 })), outputs: ['fc', 'layer'] };
    const network = new Network({ graph: wide, batch: 1, shards: 1 });
    network.load(testState(wide));
    network.train({ inputs: { input: new Float32Array(50_000).fill(1) }, labels: [0] });
    const y = network.tensor('layer');
    expect(new Set(y)).toEqual(new Set([0, 1.25]));
    const kept = y.filter((value) => value > 0).length / 50_000;
    expect(Math.abs(kept - 0.8)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / 50_000)); // four standard deviations
  });

  it.each([[[3, 2, 3]], [[21]]])('has the gradients of its loss on %j', (shape) => {
    const length = shape.reduce((product, side) => product * side, 1);
    const batch = { inputs: { input: pseudoRandom(4 * length, 1) }, labels: [1, 3, 0, 2], place };
    expectGradients({ graph: probeGraph(shape, dropout({ p: 0.3 })), batch });
  });

  it('has the gradients of its loss where its input has another reader, so that nothing is in place', () => {
    const net = new GraphBuilder('residual', [6]);
    const stem = net.add('stem', linear({ outFeatures: 21 }), net.input);
    const sum = net.add('sum', add(), net.add('dropped', dropout({ p: 0.3 }), stem), stem);
    const batch = { inputs: { input: pseudoRandom(4 * 6, 1) }, labels: [1, 3, 0, 2], place };
    expectGradients({ graph: net.build(net.add('fc', linear({ outFeatures: 4 }), sum)), batch });
  });

  it('does nothing in evaluation', () => {
    const network = new Network({
      graph: { ...graph, outputs: ['fc2', 'first', 'fc1', 'second'] },
      batch: 2,
      shards: 2,
    });
    network.load(testState(graph));
    const input = pseudoRandom(2 * size, 3);
    network.evaluate({ inputs: { input }, labels: [0, 1], place });
    expect(network.tensor('first')).toEqual(input);
    expect(network.tensor('second')).toEqual(network.tensor('fc1'));
  });

  it.each([-0.1, 1, 1.5])('refuses p = %d', (p) => {
    expect(() => shapeOfLayer([5], dropout({ p }))).toThrowError(expect.objectContaining({ code: 'LAYER_OPTIONS' }));
  });
});
