import { classificationLosses, crossEntropyLoss, GraphBuilder, globalAvgPool2d, linear, mseLoss } from '@lockstep/core';
import { createDataset, type ImageDataset } from '@lockstep/data';
import { describe, expect, it } from 'vitest';
import { trainOptionsSchema } from './options.ts';
import { prepareRun } from './prepare.ts';
import type { Recipe } from './setup.ts';
import { weightsSha256 } from './state-digest.ts';
import { tinyDataset, tinyGraph, tinyOptions, tinyRecipe } from './testing/tiny-run.ts';
import { Trainer } from './trainer.ts';

const graph = tinyGraph();
const train = tinyDataset(101, 1);

/** Data whose samples belong to several classes. */
const shared: ImageDataset = createDataset({
  ...train,
  targets: Float32Array.from({ length: train.length * 3 }, (_, i) => [0.5, 0.375, 0.125][(i + Math.floor(i / 3)) % 3]!),
});

async function run(recipe: Partial<Recipe>, workers: number, data = train) {
  await using trainer = new Trainer(
    tinyOptions({ recipe: tinyRecipe({ epochs: 2, ...recipe }), train: data, workers }),
  );
  const losses: number[] = [];
  while (trainer.step < trainer.steps) losses.push(...(await trainer.run(trainer.steps)).map(({ loss }) => loss));
  return { weights: weightsSha256(trainer.state().model), losses, test: await trainer.evaluate() };
}

/** The network with a second head after its first layers. */
function withHead() {
  const net = new GraphBuilder('head', [8, 8, 1]);
  const { nodes } = net.build(net.chain('relu1', [['squeeze', globalAvgPool2d()], ['aux', linear({ outFeatures: 3 })]])); // biome-ignore format: one line
  return { ...graph, nodes: [...graph.nodes, ...nodes], outputs: ['fc', 'aux'], auxiliary: { aux: 0.3 } };
}

const rows = classificationLosses(graph, { labelSmoothing: 0.1, target: 'values' });
const plain = run({}, 1);

describe('Trainer: losses', () => {
  it.each<[string, Partial<Recipe>, ImageDataset?]>([
    ['smoothed labels', { losses: classificationLosses(graph, { labelSmoothing: 0.1 }) }],
    ['weighted classes', { losses: classificationLosses(graph, { weight: [0.5, 2, 1] }) }],
    ['shares of classes', { losses: classificationLosses(graph, { target: 'values' }) }, shared],
    ['an auxiliary head', { graph: withHead() }],
    ['mixup', { losses: rows, mixing: { mixup: 0.4, cutmix: 0 } }],
    ['cutmix', { losses: rows, mixing: { mixup: 0, cutmix: 1 } }],
    ['mixup and cutmix of shares', { losses: rows, mixing: { mixup: 0.2, cutmix: 1 } }, shared],
  ])('has the same bits for 1, 2, 3 and 5 workers: %s', async (_, recipe, data) => {
    const one = await run(recipe, 1, data);
    for (const workers of [2, 3, 5]) expect(await run(recipe, workers, data)).toEqual(one);
    expect(one.weights).not.toBe((await plain).weights);
    expect(one.test.samples).toBe(37);
  });

  it('has the bits of the labels where their shares are given instead', async () => {
    const losses = classificationLosses(graph, { target: 'values' });
    expect(await run({ losses }, 2)).toEqual(await plain);
    expect(await run({ losses, mixing: { mixup: 0, cutmix: 0 } }, 2)).toEqual(await plain);
  });

  it('evaluates against the labels, also where the data set has shares', async () => {
    const recipe = tinyRecipe({ losses: rows });
    const test = createDataset({ ...train, targets: new Float32Array(303).fill(1 / 3) });
    await using labelled = new Trainer(tinyOptions({ recipe, test: train, workers: 2 }));
    await using withShares = new Trainer(tinyOptions({ recipe, test, workers: 2 }));
    expect(await withShares.evaluate()).toEqual(await labelled.evaluate());
  });

  it.each<[string, Partial<Recipe>, string]>([
    [
      'another loss',
      { losses: [{ output: 'fc', loss: mseLoss() }] },
      'expected the losses to be crossEntropyLoss of "fc"',
    ],
    ['another output', { losses: [{ output: 'relu1', loss: crossEntropyLoss() }] }, 'expected the losses to be'],
    [
      'two losses in earnest',
      { losses: [...classificationLosses(graph), { output: 'aux', loss: crossEntropyLoss() }] },
      'expected the losses to be',
    ],
    [
      'a map',
      { graph: { ...graph, outputs: ['relu2'] } },
      'tiny gives out 2x2x7, but bars takes a vector of 3 classes',
    ],
  ])('refuses %s', (_, recipe, message) => {
    expect(() => new Trainer(tinyOptions({ recipe: tinyRecipe(recipe) }))).toThrow(
      expect.objectContaining({ code: 'TRAINER_OPTIONS', message: expect.stringContaining(message) }),
    );
  });
});

describe('prepareRun: losses', () => {
  const prepared = async (input: Parameters<typeof trainOptionsSchema.parse>[0]) => {
    const { recipe, train } = await prepareRun(
      trainOptionsSchema.parse({ ...(input as object), limitTrain: 50, limitTest: 10 }),
    );
    return { losses: recipe.losses!, train };
  };
  const loss = (options: object) => [{ output: 'fc', loss: { name: 'crossEntropyLoss', options } }];

  it('takes smoothing and weights from the options', async () => {
    expect((await prepared({})).losses).toMatchObject(loss({ labelSmoothing: 0, target: 'classes' }));
    expect((await prepared({})).losses[0]!.loss.options).not.toHaveProperty('weight');
    const weight = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const given = await prepared({ labelSmoothing: 0.2, classWeights: weight });
    expect(given.losses).toMatchObject(loss({ labelSmoothing: 0.2, weight }));
    await expect(prepared({ classWeights: [1, 2] })).rejects.toThrow(
      'expected a class weight for each of the 10 classes of mnist, got 2',
    );
  });

  it('compares mixed pictures with mixed classes', async () => {
    for (const mixing of [{ mixup: 0.2 }, { cutmix: 1 }]) {
      expect((await prepared(mixing)).losses).toMatchObject(loss({ target: 'values' }));
    }
  });

  it('weights classes so that each counts alike', async () => {
    const { losses, train } = await prepared({ classWeights: 'balanced' });
    const { weight } = losses[0]!.loss.options as { weight: number[] };
    const sums = train.classes.map(() => 0);
    for (const label of train.labels) sums[label]! += weight[label]!;
    for (const sum of sums) expect(sum).toBeCloseTo(5, 12);
  });
});
