import {
  batchNorm2d,
  concat,
  conv2d,
  dropout,
  flatten,
  type Graph,
  GraphBuilder,
  gelu,
  globalAvgPool2d,
  groupNorm,
  layerNorm,
  layerNorm2d,
  linear,
  maxPool2d,
  multiply,
  prelu,
  sigmoid,
} from '@lockstep/core';
import { createDataset } from '@lockstep/data';
import { expect, it } from 'vitest';
import { weightsSha256 } from './state-digest.ts';
import { tinyDataset, tinyOptions, tinyRecipe } from './testing/tiny-run.ts';
import { Trainer } from './trainer.ts';
import type { TrainingState } from './training-state.ts';

/** Layers that know where in the run a sample is, that have trained slopes, that normalise samples, and that read several tensors. */
function graph(p: number): Graph {
  const net = new GraphBuilder('dropouts', [8, 8, 1]);
  const stem = net.chain(net.input, [
    ['conv1', conv2d({ outChannels: 5, kernelSize: 3, padding: 1, bias: false })],
    ['bn1', batchNorm2d()],
    ['prelu1', prelu({ numParameters: 5 })],
    ['drop1', dropout({ p })],
    ['pool', maxPool2d({ kernelSize: 2 })],
  ]);
  const branch = net.chain(stem, [
    ['conv2', conv2d({ outChannels: 5, kernelSize: 3, padding: 1 })],
    ['norm1', groupNorm({ numGroups: 5 })],
    ['gelu', gelu()],
    ['norm2', layerNorm2d()],
  ]);
  const gate = net.chain(branch, [
    ['squeeze', globalAvgPool2d()],
    ['expand', linear({ outFeatures: 5 })],
    ['gate', sigmoid()],
  ]);
  const scaled = net.add('scaled', multiply(), branch, gate);
  return net.build(
    net.chain(net.add('joined', concat(), stem, scaled), [
      ['flatten', flatten()],
      ['norm3', layerNorm()],
      ['prelu2', prelu()],
      ['drop2', dropout({ p })],
      ['fc', linear({ outFeatures: 3 })],
    ]),
  );
}

async function weights(workers: number, p = 0.3, seed = 7): Promise<string> {
  const recipe = tinyRecipe({ graph: graph(p), epochs: 2, seed });
  await using trainer = new Trainer(tinyOptions({ recipe, workers }));
  while (trainer.step < trainer.steps) await trainer.run(trainer.steps);
  return weightsSha256(trainer.state().model);
}

const one = weights(1);

it.each([2, 3, 5])('has the same bits with %i workers as with one', async (workers) => {
  expect(await weights(workers)).toBe(await one);
});

it('has other bits with another share of dropped elements, and none', async () => {
  expect(new Set([await one, await weights(2, 0.1), await weights(2, 0)]).size).toBe(3);
});

/** The losses of three epochs of two steps with the same weights in all, of one picture again and again. */
async function maskedLosses(seed: number, resume?: TrainingState): Promise<{ losses: number[]; first: TrainingState }> {
  const { images, labels, ...rest } = tinyDataset(1, 1);
  const length = 44;
  const train = createDataset({
    ...rest,
    images: Uint8Array.from({ length: length * images.length }, (_, i) => images[i % images.length]!),
    labels: new Int32Array(length).fill(labels[0]!),
  });
  const recipe = tinyRecipe({ graph: graph(0.5), epochs: 3, augment: [], seed });
  const frozen = { ...recipe, schedule: { ...recipe.schedule, learningRate: 1e-30 } };
  await using trainer = new Trainer(tinyOptions({ recipe: frozen, train, workers: 2, ...(resume && { resume }) }));
  const first = trainer.state();
  const losses: number[] = [];
  while (trainer.step < trainer.steps) losses.push(...(await trainer.run(trainer.steps)).map(({ loss }) => loss));
  return { losses, first };
}

it('drops others in each step and epoch, and with each seed', async () => {
  const { losses, first } = await maskedLosses(7);
  expect(losses).toHaveLength(6);
  expect(new Set(losses).size).toBe(6);
  // From the same weights, which the seed would change too.
  expect((await maskedLosses(7, first)).losses).toEqual(losses);
  expect((await maskedLosses(8, first)).losses).not.toEqual(losses);
});
