import { describe, expect, it } from 'vitest';
import { GraphBuilder, sequential } from '../graph/builder.ts';
import { elements, type Graph } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { conv2d } from '../layers/conv2d.ts';
import { linear } from '../layers/linear.ts';
import { expectGradients } from '../testing/gradients.ts';
import { batchFor, batchForHeads, heads, plain, withHeads } from '../testing/graphs.ts';
import { type Batch, Network, testState } from '../testing/network.ts';
import { randomGraph } from '../testing/random-graph.ts';
import { pseudoRandom, relativeError } from '../testing/values.ts';
import { bceWithLogitsLoss } from './bce-with-logits-loss.ts';
import { crossEntropyLoss } from './cross-entropy-loss.ts';
import type { LossCall, OutputLoss } from './loss.ts';
import { mseLoss } from './mse-loss.ts';
import { softMarginLoss } from './soft-margin-loss.ts';

const vector = (): Graph => sequential('vector', [6], [['out', linear({ outFeatures: 3 })]]);
const map = (): Graph => sequential('map', [3, 2, 2], [['out', conv2d({ outChannels: 3, kernelSize: 3, padding: 1 })]]);
const shares = (count: number): number[] => [...pseudoRandom(count, 4)].map((value) => Math.abs(value));
const signs = (count: number): number[] => [...pseudoRandom(count, 4)].map((value) => (value < 0 ? -1 : 1));
const classes = (count: number): number[] => Array.from({ length: count }, (_, i) => (5 * i + (i >> 1)) % 3);

/** Runs a network once. */
function trained(graph: Graph, batch: Batch, losses?: readonly OutputLoss[], shards = 3): Network {
  const network = new Network({ graph, batch: batch.labels.length, shards, losses });
  network.load(testState(graph));
  network.poison();
  // As a replica's memory begins: what the losses do not depend on is never written.
  const { gradients, gradientBytes } = network.plan;
  network.kernels.f32.fill(0, gradients / 4, (gradients + gradientBytes) / 4);
  network.train(batch);
  return network;
}

describe('losses', () => {
  it.each<[LossCall, (count: number) => number[], perClass?: boolean]>([
    [crossEntropyLoss({ labelSmoothing: 0.1 }), classes, true],
    [crossEntropyLoss({ weight: [0.5, 2, 1] }), classes, true],
    [crossEntropyLoss({ target: 'values' }), shares],
    [bceWithLogitsLoss(), shares],
    [bceWithLogitsLoss({ posWeight: [3, 1, 0.5] }), shares],
    [mseLoss(), shares],
    [softMarginLoss(), signs],
  ])('%j has the gradients of its losses, of a vector and of a map', (loss, targets, perClass = false) => {
    for (const graph of [vector(), map()]) {
      const values = (graph.inputs[0]!.shape.length === 1 ? 1 : 6) * (perClass ? 1 : 3);
      const batch = { ...batchFor(graph, 5), targets: { out: targets(5 * values) } };
      expectGradients({ graph, batch, losses: [{ output: 'out', loss }] });
    }
  });

  it('of several outputs are added with their weights, and so are the gradients', () => {
    expectGradients({ graph: withHeads(), batch: batchForHeads(5), losses: heads, tolerance: 3e-4 });
    const batch = batchForHeads(7);
    const withSide = { ...batch, targets: { ...batch.targets, side: batch.labels } };
    const [sum, side, picture] = heads.map((loss) =>
      trained(withHeads(), withSide, [{ ...loss, auxiliary: false }]).losses(),
    );
    const unweighted = trained(withHeads(), withSide, [{ output: 'side', loss: crossEntropyLoss() }]);
    const scaled = unweighted.losses().map((loss) => loss * 0.3);
    expect(relativeError(side!, scaled)).toBeLessThan(1e-12);
    expect(trained(withHeads(), batch, heads).losses()).toEqual(sum!.map((loss, i) => loss + side![i]! + picture![i]!));
  });

  it('are by default the cross-entropy of the first output, to the same bits as its rows of shares', () => {
    const batch = batchFor(plain(), 8);
    const byDefault = trained(plain(), batch);
    const rows = batch.labels.flatMap((label) => [0, 1, 2].map((c) => Number(c === label)));
    for (const [loss, targets] of [
      [crossEntropyLoss(), batch.labels],
      [crossEntropyLoss({ target: 'values' }), rows],
    ] as const) {
      const network = trained(plain(), { ...batch, targets: { fc: targets } }, [{ output: 'fc', loss }]);
      expect(network.losses()).toEqual(byDefault.losses());
      expect(network.gradients()).toEqual(byDefault.gradients());
      expect(network.predicted()).toEqual(byDefault.predicted());
    }
  });

  it('of any outputs of any graph have the sum of their gradients', () => {
    for (let seed = 0; seed < 40; seed++) {
      const graph = randomGraph(seed);
      const side = graph.nodes[seed % (graph.nodes.length - 2)]!.name;
      const both = { ...graph, outputs: ['fc', side] };
      const size = elements(resolveGraph(both).shapes.get(side)!);
      const batch = { ...batchFor(graph, 6), targets: { fc: classes(6), [side]: shares(6 * size) } };
      const first: OutputLoss = { output: 'fc', loss: crossEntropyLoss() };
      const second: OutputLoss = { output: side, loss: mseLoss(), weight: 2 };
      const sum = trained(both, batch, [first, second]);
      const parts = [first, second].map((loss) => trained(both, batch, [loss]).gradients());
      // All parameters as one vector: that of a bias before a batch norm is nothing but rounding.
      const flat = (gradients: ReadonlyMap<string, Float32Array>) =>
        [...gradients.values()].flatMap((values) => [...values]);
      const [left, right] = [flat(parts[0]!), flat(parts[1]!)];
      const expected = left.map((value, i) => value + right[i]!);
      expect(relativeError(flat(sum.gradients()), expected), `graph ${seed}`).toBeLessThan(1e-5);
    }
  });

  it("are by default those of the graph's auxiliary heads too", () => {
    const graph = { ...withHeads(), auxiliary: { side: 0.3 } };
    const batch = batchFor(graph, 6);
    const loss = crossEntropyLoss();
    const chosen = [
      { output: 'sum', loss },
      { output: 'side', loss, weight: 0.3, auxiliary: true },
    ];
    expect(trained(graph, batch).gradients()).toEqual(trained(withHeads(), batch, chosen).gradients());
    expect(trained(graph, batch).gradients()).not.toEqual(trained(withHeads(), batch).gradients());
  });

  it('have in evaluation neither smoothing, class weights nor auxiliary heads', () => {
    const graph = withHeads();
    const batch = batchForHeads(6);
    const evaluated = (losses: readonly OutputLoss[]): number[] => {
      const network = new Network({ graph, batch: 6, shards: 3, losses });
      network.load(testState(graph));
      network.train(batch); // leaves a divisor behind
      network.evaluate(batch);
      return network.losses();
    };
    expect(evaluated(heads)).toEqual(evaluated([{ output: 'sum', loss: crossEntropyLoss() }, heads[2]!]));
  });

  it('predict a class for each pixel of a map', () => {
    const network = trained(map(), { ...batchFor(map(), 2), targets: { out: classes(12) } });
    const logits = network.tensor('out');
    const best = Array.from({ length: 12 }, (_, pixel) => {
      const row = [...logits.slice(pixel * 3, pixel * 3 + 3)];
      return row.indexOf(Math.max(...row));
    });
    const predicted = network.executor.shards.flatMap((shard) => {
      const first = network.executor.results(shard).predicted / 4;
      return [...network.kernels.i32.subarray(first, first + shard.images * 6)];
    });
    expect(predicted).toEqual(best);
  });

  it('refuse a batch of classes that all have the weight 0, and targets that are none', () => {
    const run = (loss: LossCall, targets: readonly number[]) => () =>
      trained(vector(), { ...batchFor(vector(), 2), targets: { out: targets } }, [{ output: 'out', loss }]);
    expect(run(crossEntropyLoss({ weight: [1, 0, 1] }), [1, 1])).toThrowError(
      expect.objectContaining({ code: 'BATCH_INVALID', message: expect.stringContaining('have the weight 0') }),
    );
    expect(run(crossEntropyLoss({ weight: [1, 0, 1] }), [0, 3])).toThrowError('label 0: expected an integer in [0, 2]');
    expect(run(softMarginLoss(), [1, 1, 0, 1, 1, 1])).toThrowError('target 2: expected 1 or -1, got 0');
    expect(run(mseLoss(), [1, Number.NaN, 0, 1, 1, 1])).toThrowError('target 1: expected a finite number, got NaN');
  });
});

describe('planReplica: losses', () => {
  const graph = (): Graph => {
    const net = new GraphBuilder('net', [6]);
    const hidden = net.add('hidden', linear({ outFeatures: 4 }), net.input);
    return net.build(net.add('out', linear({ outFeatures: 3 }), hidden), hidden);
  };
  const out: OutputLoss = { output: 'out', loss: crossEntropyLoss() };

  it.each<[string, readonly OutputLoss[], string, string]>([
    ['none', [], 'GRAPH_INVALID', 'graph "net" has no loss to be trained by'],
    [
      'one of no output',
      [{ ...out, output: 'input' }],
      'GRAPH_INVALID',
      'there is a loss of "input", which is no output',
    ],
    ['two of one output', [out, out], 'GRAPH_INVALID', 'output "out" has two losses'],
    ['an auxiliary one alone', [{ ...out, auxiliary: true }], 'GRAPH_INVALID', 'the first loss cannot be auxiliary'],
    [
      'an auxiliary one with other targets',
      [out, { output: 'hidden', loss: mseLoss(), auxiliary: true }],
      'GRAPH_SHAPE',
      'output "hidden": an auxiliary loss has the target of the first, 1 classes a sample, but it takes 4 values a sample',
    ],
    ['a negative weight', [{ ...out, weight: -1 }], 'LOSS_OPTIONS', 'output "out": expected a finite weight'],
    [
      'an unknown one',
      [{ ...out, loss: { name: 'hinge', options: {} } }],
      'LOSS_UNKNOWN',
      'output "out": there is no loss "hinge"; there are bceWithLogitsLoss, crossEntropyLoss, mseLoss, softMarginLoss',
    ],
    [
      'unknown options',
      [{ ...out, loss: crossEntropyLoss({ labelSmoothing: 2 }) }],
      'LOSS_OPTIONS',
      'output "out" (crossEntropyLoss): ',
    ],
    [
      'weights of another number of classes',
      [{ ...out, loss: crossEntropyLoss({ weight: [1, 2] }) }],
      'GRAPH_SHAPE',
      'output "out" (crossEntropyLoss): expected a weight for each of the 3 channels of 3, got 2',
    ],
  ])('refuses %s', (_, losses, code, message) => {
    expect(() => new Network({ graph: graph(), batch: 4, shards: 2, losses })).toThrowError(
      expect.objectContaining({ name: 'CoreError', code, message: expect.stringContaining(message) }),
    );
  });
});
