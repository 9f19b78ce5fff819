import { kernelBuilds } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { sequential } from '../graph/builder.ts';
import { RecordingCollective } from '../testing/collectives.ts';
import { expectGradients } from '../testing/gradients.ts';
import { Network, testState } from '../testing/network.ts';
import { probeGraph } from '../testing/probe.ts';
import { runPython } from '../testing/python.ts';
import { bitsOf, pseudoRandom, relativeError } from '../testing/values.ts';
import { batchNorm1d } from './batch-norm1d.ts';
import { batchNorm2d } from './batch-norm2d.ts';
import { flatten } from './flatten.ts';
import { linear } from './linear.ts';
import { relu } from './relu.ts';

const labelsOf = (samples: number) => Array.from({ length: samples }, (_, i) => (i * 3) % 4);

/** A step over some samples of noise. */
function step(graph: ReturnType<typeof probeGraph>, samples: number, shards: number, ghostBatch?: number) {
  const size = graph.inputs[0]!.shape.reduce((product, length) => product * length, 1);
  const network = new Network({ graph, batch: samples, shards, ghostBatch, inputGradients: true });
  network.load(testState(graph));
  network.poison();
  network.train({ inputs: { input: pseudoRandom(samples * size, 4, 2, 1) }, labels: labelsOf(samples) });
  return network;
}

describe('ghost batch norm', () => {
  it.each([
    ['a group a shard', 3, 2, 6],
    ['a shorter last group', 3, 2, 5],
    ['two groups a shard', 2, 2, 8],
    ['more shards than groups', 4, 2, 5],
    ['one group', 3, 8, 5],
    ['groups of a sample', 2, 1, 3],
  ])('has the gradients of its loss through the statistics of each group: %s', (_, shards, ghostBatch, samples) => {
    const batch = { inputs: { input: pseudoRandom(samples * 12, 1, 2) }, labels: labelsOf(samples) };
    expectGradients({ graph: probeGraph([3, 2, 2], batchNorm2d({ eps: 1e-2 })), batch, shards, ghostBatch });
  });

  it('agrees with PyTorch on one group after the other, running statistics included', ({ skip }) => {
    const cases = ([[[3, 2, 5], 7, 3, 2], [[1, 1, 9], 12, 4, 5], [[7], 14, 3, 3], [[4, 4, 1], 5, 1, 2]] as const).map(([shape, samples, group, shards], i) => {
      const options = { eps: 1e-3, momentum: 0.3 };
      const graph = probeGraph(shape, (shape.length === 3 ? batchNorm2d : batchNorm1d)(options));
      const size = shape.reduce((product: number, length) => product * length, 1);
      const input = pseudoRandom(samples * size, i, 2, 1);
      return { ...options, shape, group, shards, samples, graph, input, labels: labelsOf(samples), state: testState(graph) };
    }); // biome-ignore format: a table
    const answer = runPython(
      new URL('../goldens/ghost-batch-norm.py', import.meta.url),
      [],
      JSON.stringify(
        cases.map(({ graph, input, state, ...rest }) => ({
          ...rest,
          input: [...input],
          state: Object.fromEntries([...state].map(([name, { shape, data }]) => [name, { shape, data: [...data] }])),
        })),
      ),
    );
    if (answer === undefined) skip('there is no PyTorch (Debian: python3-torch) to compare with');
    const expected = JSON.parse(answer!) as Record<string, number[]>[];
    for (const build of kernelBuilds) {
      cases.forEach(({ graph, input, state, samples, shards, group, labels }, i) => {
        const outputs = { ...graph, outputs: ['fc', 'layer'] };
        const options = { batch: samples, shards, ghostBatch: group, build, inputGradients: true };
        const network = new Network({ graph: outputs, ...options });
        network.load(state);
        network.poison();
        network.train({ inputs: { input }, labels });
        const got = new Map([
          ...network.nextBuffers(),
          ...[...network.gradients()].map(([name, values]) => [`d${name}`, values] as const),
          ['layer', network.tensor('layer')],
          ['dinput', network.inputGradient()],
        ]);
        for (const [name, values] of Object.entries(expected[i]!)) {
          expect(relativeError(got.get(name)!, values), `${build}: ${name} of case ${i}`).toBeLessThan(3e-6);
        }
      });
    }
  });

  it('of one group has the bits of the whole batch', () => {
    const graph = probeGraph([3, 2, 5], batchNorm2d());
    const [ghost, whole] = [step(graph, 6, 1, 6), step(graph, 6, 1)];
    expect(bitsOf(ghost.gradientVector())).toEqual(bitsOf(whole.gradientVector()));
    expect(ghost.nextBuffers()).toEqual(whole.nextBuffers());
    expect(ghost.inputGradient()).toEqual(whole.inputGradient());
  });

  it('computes the same with a fused ReLU as with one apart', () => {
    const graph =
      sequential('relu', [3, 3, 5], [
        ['bn', batchNorm2d()],
        ['relu', relu()],
        ['flatten', flatten()],
        ['fc', linear({ outFeatures: 4 })],
      ]); // biome-ignore format: one layer a line
    const fused = step(graph, 7, 2, 3);
    // Where the normalisation is an output too, its place is its own, and the ReLU a pass of its own.
    const apart = step({ ...graph, outputs: ['fc', 'bn'] }, 7, 2, 3);
    expect(bitsOf(fused.gradientVector())).toEqual(bitsOf(apart.gradientVector()));
    expect(fused.inputGradient()).toEqual(apart.inputGradient());
  });

  it('meets nobody: rows are copied once, after the meeting of the gradients', () => {
    const graph = sequential('two', [3, 3, 2], [
      ['bn1', batchNorm2d()],
      ['bn2', batchNorm2d()],
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 4 })],
    ]); // biome-ignore format: one layer a line
    const collective = new RecordingCollective(3);
    const network = new Network({ graph, batch: 9, shards: 3, ghostBatch: 3, collective });
    collective.kernels = network.kernels;
    network.load(testState(graph));
    network.train({ inputs: { input: pseudoRandom(9 * 18, 1) }, labels: labelsOf(9) });
    const { pointer, rowBytes } = network.plan.groupRows;
    expect(rowBytes).toBe(2 * 2 * 2 * 8); // two layers, mean and m2 of two channels, float64
    expect(collective.meetings.map((meeting) => [meeting.pointer, meeting.rowBytes])).toEqual([[pointer, rowBytes]]);
  });

  it('evaluates with the running statistics, however the groups', () => {
    const graph = probeGraph([3, 2, 5], batchNorm2d());
    const batch = { inputs: { input: pseudoRandom(7 * 30, 4) }, labels: labelsOf(7) };
    const losses = [undefined, 2, 3].map((ghostBatch) => {
      const network = new Network({ graph, batch: 7, shards: 2, ghostBatch });
      network.load(testState(graph));
      network.evaluate(batch);
      return network.losses();
    });
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).toEqual(losses[0]);
  });

  it('refuses groups of one value a channel, before anything is computed', () => {
    const plan = () => new Network({ graph: probeGraph([3], batchNorm1d()), batch: 4, shards: 2, ghostBatch: 1 });
    expect(plan).toThrowError(
      expect.objectContaining({
        name: 'CoreError',
        code: 'BATCH_INVALID',
        message:
          'layer: batch normalisation needs more than one value a channel, got ghost groups of 1 of shape 3; use larger groups',
      }),
    );
  });

  it('refuses a last group of one value a channel', () => {
    expect(() => step(probeGraph([3], batchNorm1d()), 5, 2, 2)).toThrowError(
      'layer: batch normalisation needs more than one value a channel, got a ghost group of 1 of shape 3; use a size that leaves no such rest of a batch',
    );
  });

  it.each([0, 1.5, -2])('refuses groups of %d samples', (ghostBatch) => {
    expect(() => new Network({ graph: probeGraph([3], batchNorm1d()), batch: 4, shards: 2, ghostBatch })).toThrowError(
      `expected ghostBatch to be a positive integer, got ${ghostBatch}`,
    );
  });
});
