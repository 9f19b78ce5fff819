import {
  batchNorm2d,
  classificationLosses,
  conv2d,
  dropout,
  type Graph,
  GraphBuilder,
  globalAvgPool2d,
  groupNorm,
  type LayerCall,
  linear,
  optimiserNames,
  optimiserSchema,
  relu,
} from '@lockstep/core';
import { augmentPolicy } from '@lockstep/data';
import { describe, expect, it } from 'vitest';
import type { Recipe } from './setup.ts';
import { weightsSha256 } from './state-digest.ts';
import { type Choice, pairsOf, pairwise } from './testing/pairwise.ts';
import { simulate } from './testing/simulated-workers.ts';
import { tinyDataset, tinyOptions, tinyRecipe } from './testing/tiny-run.ts';
import { Trainer } from './trainer.ts';

/** Two convolutions of a kind each, and what is between and behind them. */
function network(
  name: string,
  second: string,
  norm: () => LayerCall,
  behind: readonly (readonly [string, LayerCall])[] = [],
): Graph {
  const net = new GraphBuilder(name, [8, 8, 1]);
  const conv = conv2d({ outChannels: 4, kernelSize: 3, padding: 1, bias: false });
  const first = net.chain(net.input, [
    ['conv1', conv],
    ['norm1', norm()],
    ['relu1', relu()],
    ['conv2', conv2d({ outChannels: 4, kernelSize: 3, stride: 2 })],
  ]);
  const last = net.chain(first, [['norm2', norm()], ['relu2', relu()], ...behind, ['pool', globalAvgPool2d()]]);
  const graph = net.build(net.add('fc', linear({ outFeatures: 3 }), last)); // biome-ignore format: a layer is a word
  const { nodes } = graph;
  return second === ''
    ? graph
    : { ...graph, nodes: nodes.map((node) => (node.name === second ? { ...node, shareWith: 'conv2' } : node)) };
}

const again = conv2d({ outChannels: 4, kernelSize: 3, stride: 2 });
const models = {
  'batch norm': network('batchNorm', '', batchNorm2d),
  'group norm': network('groupNorm', '', () => groupNorm({ numGroups: 2 })),
  dropout: network('dropout', '', batchNorm2d, [['drop', dropout({ p: 0.25 })]]),
  'shared parameters': network('shared', 'conv3', batchNorm2d, [['conv3', again], ['relu3', relu()]]), // biome-ignore format: one line
};

const factors = {
  model: Object.keys(models) as (keyof typeof models)[],
  optimiser: optimiserNames,
  batchNorm: ['sync', 2, 3],
  shards: [5, 4, 16, 8],
  // Samples of an epoch: 29. The shards divide some, the last batch of an epoch is short, or smaller than the shards.
  batch: [16, 13, 4],
  accumulate: [1, 2, 3],
  augment: ['none', 'light'],
  mixing: ['none', 'mixup', 'cutmix', 'both'],
  labelSmoothing: [0, 0.1],
  classWeights: [false, true],
  clip: [false, true],
  // The parameters of the first convolution, and a norm; a rate of their own for others; and some steps of the last layer alone.
  transfer: ['none', 'frozen', 'rates', 'warm-up', 'all'],
} as const;
type Options = Choice<typeof factors>;

const data = { train: tinyDataset(29, 1), test: tinyDataset(11, 2) };

function recipeOf(options: Options): Recipe {
  const {
    model,
    optimiser,
    batchNorm,
    shards,
    batch,
    accumulate,
    augment,
    mixing,
    labelSmoothing,
    classWeights,
    clip,
    transfer,
  } = options;
  const graph = models[model];
  const mixed = (kind: 'mixup' | 'cutmix') => Number(mixing === kind || mixing === 'both') * 0.5;
  return tinyRecipe({
    graph,
    epochs: 2,
    batch,
    shards,
    accumulate,
    ghostBatch: batchNorm === 'sync' ? undefined : batchNorm,
    optimiser: optimiserSchema.parse({ name: optimiser, weightDecay: 0.01 }),
    schedule: { ...tinyRecipe().schedule, learningRate: 0.01 },
    gradientClip: clip ? { norm: 0.3 } : undefined,
    ...((transfer === 'frozen' || transfer === 'all') && {
      frozen: ['conv1.weight', 'norm1.weight', 'norm1.bias', 'norm2.bias'],
    }),
    ...((transfer === 'rates' || transfer === 'all') && { learningRates: { 'conv2.weight': 0.25, 'fc.bias': 4 } }),
    ...((transfer === 'warm-up' || transfer === 'all') && {
      headWarmUp: { epochs: 0.5, head: ['fc.weight', 'fc.bias'] },
    }),
    augment: augmentPolicy(augment),
    mixing: { mixup: mixed('mixup'), cutmix: mixed('cutmix') },
    losses: classificationLosses(graph, {
      labelSmoothing,
      ...(classWeights && { weight: [0.5, 2, 1] }),
      target: mixing === 'none' ? 'classes' : 'values',
    }),
  });
}

const matrix = pairwise(factors);
const workerCounts = [1, 2, 3, 5, 8, 16];
const nameOf = (options: Options) => Object.entries(options).map(([name, value]) => `${name} ${value}`).join(', '); // biome-ignore format: one line

describe('any options, any number of workers, the same bits', () => {
  it('in choices in which each value comes with each of every other', () => {
    const all = new Set(matrix.flatMap((options) => pairsOf(factors, options)));
    const counts = Object.values(factors).map(({ length }) => length);
    const pairs = counts.flatMap((a, i) => counts.slice(i + 1).map((b) => a * b));
    expect(all.size).toBe(pairs.reduce((sum, count) => sum + count, 0));
    expect(matrix.length).toBeLessThan(45);
  });

  it.each(matrix.map((options) => [nameOf(options), options] as const))('%s', (_, options) => {
    const recipe = recipeOf(options);
    const steps = Math.ceil(29 / options.batch) > 3 ? 9 : 4; // over the end of an epoch
    const record: Uint8Array[] = [];
    const one = simulate(recipe, data, 1, steps, record);
    expect(one.results.every(({ metrics }) => metrics.every(Number.isFinite))).toBe(true);
    expect(new Set(one.results.map(({ weights }) => weights)).size).toBe(steps);
    for (const workers of workerCounts.slice(1).filter((count) => count <= options.shards)) {
      const several = simulate(recipe, data, workers, steps, record);
      several.results.forEach((result, step) => {
        const expected = one.results[step]!;
        const statistics = new Array(workers).fill(expected.statistics[0]);
        expect(result, `step ${step} of ${workers} workers`).toEqual({ ...expected, statistics });
      });
      expect(several.test).toEqual(one.test);
    }
    if (options.accumulate > 1 && (options.batchNorm !== 'sync' || options.model === 'group norm')) {
      // Where batch norm is over ghost groups, or there is none, a step in micro-batches is that of the whole batch.
      expect(simulate({ ...recipe, accumulate: 1 }, data, 1, steps, [])).toEqual(one);
    }
  });

  it.each([0, 7, 14, 21])('is what threads make, too: choice %i', async (i) => {
    const options = matrix[i]!;
    const recipe = recipeOf(options);
    const record: Uint8Array[] = [];
    const { results, test } = simulate(recipe, data, 1, 4, record);
    for (const workers of [1, 3]) {
      await using trainer = new Trainer(tinyOptions({ ...data, recipe, workers }));
      while (trainer.step < 4) await trainer.run(4);
      expect(weightsSha256(trainer.state().model)).toBe(results[3]!.weights);
      expect(await trainer.evaluate()).toEqual(test);
    }
  });
});
