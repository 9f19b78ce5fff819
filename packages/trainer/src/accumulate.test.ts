import { batchNorm2d, classificationLosses, conv2d, dropout, flatten, linear, relu, sequential } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import type { Fault, FaultPoint } from './faults.ts';
import type { Recipe } from './setup.ts';
import { weightsSha256 } from './state-digest.ts';
import { tinyGraph, tinyOptions, tinyRecipe } from './testing/tiny-run.ts';
import { Trainer, type TrainerOptions } from './trainer.ts';

async function outcome(recipe: Partial<Recipe>, changes: Partial<TrainerOptions> = {}) {
  await using trainer = new Trainer(tinyOptions({ recipe: tinyRecipe({ epochs: 2, ...recipe }), ...changes }));
  const results: object[] = [];
  while (trainer.step < trainer.steps) results.push(...(await trainer.run(trainer.steps)));
  const { model, optimiser } = trainer.state();
  return { weights: weightsSha256(model), optimiser, results, test: await trainer.evaluate() };
}

const inThree = outcome({ accumulate: 3 }, { workers: 1 });

/** The last batch of an epoch has 13 samples of 22. */
const ghost: Partial<Recipe> = { ghostBatch: 2, shards: 8 };
const noBatchNorm = sequential('dropping', [8, 8, 1], [
  ['conv', conv2d({ outChannels: 4, kernelSize: 3 })],
  ['relu', relu()],
  ['drop', dropout({ p: 0.3 })],
  ['flatten', flatten()],
  ['fc', linear({ outFeatures: 3 })],
]); // biome-ignore format: one layer a line
const mixing = { mixup: 0.4, cutmix: 1 };

describe('Trainer: gradient accumulation', () => {
  it.each<[string, Partial<Recipe>]>([
    ['ghost batch norm', ghost],
    ['ghost batch norm, clipped', { ...ghost, gradientClip: { norm: 0.5 } }],
    ['weighted classes', { ...ghost, losses: classificationLosses(tinyGraph(), { weight: [0.5, 2, 1] }) }],
    ['mixtures', { ...ghost, mixing, losses: classificationLosses(tinyGraph(), { target: 'values' }) }],
    ['no batch norm, but dropout', { graph: noBatchNorm, shards: 16 }],
    ['batches smaller than the shards', { graph: noBatchNorm, shards: 16, batch: 5 }],
  ])('has the bits of the whole batch, with any number of workers: %s', { timeout: 60_000 }, async (_, recipe) => {
    const short = { ...recipe, epochs: 1 };
    const whole = await outcome(short, { workers: 1 });
    expect(await outcome({ ...short, accumulate: 3 }, { workers: 2 })).toEqual(whole);
    expect(await outcome({ ...short, accumulate: recipe.shards! }, { workers: 1 })).toEqual(whole);
  });

  it('has the same bits for any number of workers where batch norm takes the statistics of a micro-batch', async () => {
    const one = await inThree;
    for (const workers of [2, 8]) expect(await outcome({ accumulate: 3 }, { workers })).toEqual(one);
    expect(one.weights).not.toBe((await outcome({}, { workers: 2 })).weights);
  });

  it('goes on with other workers in the middle, and from a state', async () => {
    const recipe = tinyRecipe({ epochs: 2, accumulate: 3 });
    const expected = await inThree;
    await using trainer = new Trainer(tinyOptions({ recipe, workers: 3 }));
    while (trainer.step < 4) await trainer.run(4);
    await trainer.resize(1);
    while (trainer.step < 7) await trainer.run(7);
    const rest = await outcome(recipe, { workers: 2, resume: trainer.state() });
    expect(rest).toEqual({ ...expected, results: expected.results.slice(7) });
  });

  // Two batch norms meet four times a micro-batch: six times are into the second one.
  it.each<[FaultPoint, number]>([
    ['batch', 2],
    ['statistics', 6],
    ['commit', 0],
  ])('takes the whole step again where a worker fails at "%s", after %i times', async (at, skip) => {
    const fault: Fault = { rank: 1, step: 6, at, kind: 'exit', times: 1, skip };
    const warnings: string[] = [];
    const recipe = { accumulate: 3 };
    const failed = await outcome(recipe, { workers: 2, fault, onWarning: (message) => warnings.push(message) });
    expect(failed).toEqual(await inThree);
    expect(warnings).toHaveLength(1);
  });

  it('with ghost groups takes a step again to the same bits', async () => {
    const fault: Fault = { rank: 1, step: 6, at: 'update', kind: 'exit', times: 1 };
    const warnings: string[] = [];
    const recipe = { ...ghost, accumulate: 2 };
    const failed = await outcome(recipe, { workers: 2, fault, onWarning: (message) => warnings.push(message) });
    expect(failed).toEqual(await outcome(recipe, { workers: 2 }));
    expect(warnings).toHaveLength(1);
  });

  it('refuses more micro-batches than shards', () => {
    expect(() => new Trainer(tinyOptions({ workers: 1, recipe: tinyRecipe({ shards: 4, accumulate: 5 }) }))).toThrow(
      'expected at most as many micro-batches as shards, got 5 micro-batches of 4 shards: use fewer of them, or more shards',
    );
  });
});

it('needs less memory in micro-batches', async () => {
  const graph = sequential('wide', [8, 8, 1], [
    ['conv', conv2d({ outChannels: 64, kernelSize: 3, padding: 1 })],
    ['bn', batchNorm2d()],
    ['flatten', flatten()],
    ['fc', linear({ outFeatures: 3 })],
  ]); // biome-ignore format: one layer a line
  const bytesOf = async (accumulate: number) => {
    await using trainer = new Trainer(
      tinyOptions({ workers: 1, recipe: tinyRecipe({ graph, batch: 96, shards: 16, accumulate }) }),
    );
    return trainer.memoryBytes;
  };
  expect(await bytesOf(4)).toBeLessThan(0.5 * (await bytesOf(1)));
});
