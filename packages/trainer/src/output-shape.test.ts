import { classificationLosses, conv2d, flatten, linear, relu, sequential } from '@lockstep/core';
import { expect, it } from 'vitest';
import { trainOptionsSchema } from './options.ts';
import { prepareRun } from './prepare.ts';
import { weightsSha256 } from './state-digest.ts';
import { tinyOptions, tinyRecipe } from './testing/tiny-run.ts';
import { Trainer } from './trainer.ts';

/** Reads pictures of another size than those of the data set, 8×8. */
const graph = sequential(
  'crops',
  [11, 6, 1],
  [
    ['conv1', conv2d({ outChannels: 4, kernelSize: 3, stride: 2 })],
    ['relu1', relu()],
    ['flatten', flatten()],
    ['fc', linear({ outFeatures: 3 })],
  ],
);
const recipe = tinyRecipe({
  graph,
  losses: classificationLosses(graph, { target: 'values' }),
  mixing: { mixup: 0, cutmix: 1 },
  augment: [{ op: 'random_crop', size: [11, 6], padding: 2 }, { op: 'trivial_augment_wide' }],
});

it('trains on what the augmentation gives, and evaluates the middle, with the same bits for any workers', async () => {
  const results = [];
  for (const workers of [1, 2]) {
    await using trainer = new Trainer(tinyOptions({ recipe, workers }));
    while (trainer.step < 6) await trainer.run(6);
    const { loss, accuracy } = await trainer.evaluate();
    results.push({ weights: weightsSha256(trainer.state().model), loss, accuracy });
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[0]!.loss).toBeLessThan(2);
});

it('refuses a network that reads pictures of another size', () => {
  const augment = [{ op: 'random_crop', size: [11, 7], padding: 2 }];
  expect(() => new Trainer(tinyOptions({ recipe: { ...recipe, augment } }))).toThrow(
    'crops reads pictures of 11x6x1, but those of bars are 11x7x1',
  );
});

it('makes a network for what the policy gives, or says why there is none', async () => {
  const prepare = (augment: string) =>
    prepareRun(trainOptionsSchema.parse({ data: 'mnist', limitTrain: 20, limitTest: 10, augment }));
  expect((await prepare('cifar+augmix')).recipe.graph.inputs[0]!.shape).toEqual([32, 32, 1]);
  expect((await prepare('light')).recipe.graph.inputs[0]!.shape).toEqual([28, 28, 1]);
  await expect(prepare('alexnet')).rejects.toThrow('pca_lighting: expected a picture with colours');
});
