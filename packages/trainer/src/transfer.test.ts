import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  initialState,
  optimiserSchema,
  resolveGraph,
  type StateDict,
  scheduleSchema,
  stateLayout,
} from '@lockstep/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TrainOptionsInput, trainOptionsSchema } from './options.ts';
import { prepareRun } from './prepare.ts';
import { readConfig } from './run-folder.ts';
import { resumeTraining, runTraining } from './run-training.ts';
import type { Recipe } from './setup.ts';
import { makeTinyFolder } from './testing/tiny-folder.ts';
import { tinyDataset, tinyGraph, tinyOptions, tinyRecipe } from './testing/tiny-run.ts';
import { Trainer } from './trainer.ts';

const data = tinyDataset(24, 3);

/** A state whose running statistics are not those of any batch, and in which nothing is 0. */
function startOf(): StateDict {
  const layout = stateLayout(resolveGraph(tinyGraph()));
  const state = new Map(initialState(layout, 5));
  for (const { name, size } of [...layout.buffers, ...layout.parameters.filter(({ shape }) => shape.length === 1)]) {
    const isVector = name.endsWith('mean') || name.endsWith('bias');
    const values = Float32Array.from({ length: size }, (_, i) => (isVector ? 0.25 * i - 0.55 : 0.5 + i / 8));
    state.set(name, { shape: [size], data: values });
  }
  return state;
}

const sgd = { momentum: 0.9, weightDecay: 0.01, nesterov: true };
const cases: Record<string, Partial<Recipe> & { readonly optimiser: Recipe['optimiser']; readonly torch: object }> = {
  'gradients through a frozen block, rates, clipping': {
    optimiser: optimiserSchema.parse({ name: 'sgd', ...sgd }),
    torch: { name: 'SGD', options: { momentum: 0.9, weight_decay: 0.01, nesterov: true } },
    frozen: ['conv2.weight', 'conv2.bias', 'bn2.weight', 'bn2.bias'],
    learningRates: { 'conv1.weight': 0.5, 'fc.weight': 2, 'fc.bias': 4 },
    gradientClip: { norm: 0.5 },
  },
  'frozen below, one of two parameters': {
    optimiser: optimiserSchema.parse({ name: 'sgd', ...sgd }),
    torch: { name: 'SGD', options: { momentum: 0.9, weight_decay: 0.01, nesterov: true } },
    frozen: ['conv1.weight', 'bn1.weight', 'bn1.bias', 'bn2.weight', 'conv2.bias'],
  },
  'a warm-up of the head, and Adam, which counts updates': {
    // Before a batch norm a bias has no gradient but rounding, which a smaller eps would make steps of.
    optimiser: optimiserSchema.parse({ name: 'adam', eps: 1e-3 }),
    torch: { name: 'Adam', options: { eps: 1e-3 } },
    frozen: ['bn1.weight', 'bn1.bias'],
    learningRates: { 'fc.bias': 0.5 },
    headWarmUp: { epochs: 2, head: ['fc.weight', 'fc.bias'] },
  },
};

const [lr, steps] = [0.01, 5];
const state = startOf();
const runs = Object.entries(cases).map(([name, { torch, ...changes }]) => {
  const schedule = scheduleSchema.parse({ kind: 'constant', learningRate: lr, warmupEpochs: 0 });
  const recipe = tinyRecipe({ batch: data.length, epochs: steps, schedule, augment: [], ...changes });
  const { normalisation, frozen = [], learningRates: rates = {}, headWarmUp, gradientClip } = recipe;
  const input = {
    state: Object.fromEntries([...state].map(([name, { shape, data }]) => [name, { shape, data: [...data] }])),
    images: Array.from(data.images, (byte) => (byte / 255 - normalisation.mean[0]!) / normalisation.std[0]!),
    labels: [...data.labels],
    optimiser: torch,
    ...{ lr, rates, frozen, steps, warmUp: headWarmUp?.epochs ?? 0, head: headWarmUp?.head ?? [] },
    clip: gradientClip?.norm ?? 0,
  };
  return { name, recipe, input };
});

describe('frozen parameters, rates and warm-up', () => {
  it(`train as in PyTorch: ${Object.keys(cases).join('; ')}`, { timeout: 60_000 }, async ({ skip }) => {
    const script = fileURLToPath(new URL('./goldens/transfer.py', import.meta.url));
    const input = JSON.stringify(runs.map((run) => run.input));
    const python = spawnSync('/usr/bin/python3', [script], { input, encoding: 'utf8' });
    if (python.error || python.status === 3) skip('no PyTorch to compare with');
    if (python.status !== 0) throw new Error(python.stderr);
    const expected = JSON.parse(python.stdout) as Record<string, number[]>[][];
    for (const [i, { name: where, recipe }] of runs.entries()) {
      const resume = { step: 0, model: state, optimiser: [] };
      await using trainer = new Trainer(tinyOptions({ recipe, train: data, test: data, workers: 2, resume }));
      for (let step = 0; step < steps; step++) {
        await trainer.run(step + 1);
        const { model } = trainer.state();
        for (const [name, values] of Object.entries(expected[i]![step]!)) {
          const got = model.get(name)!.data;
          const scale = Math.max(...values.map(Math.abs));
          const largest = Math.max(...values.map((value, i) => Math.abs(got[i]! - value)));
          expect(largest / scale, `${where}, step ${step}: ${name}`).toBeLessThan(2e-4);
          if (recipe.frozen?.includes(name)) expect(got, name).toEqual(state.get(name)!.data);
        }
      }
    }
  });
});

describe('the options', () => {
  let folder: string;
  const options = (changes: TrainOptionsInput): TrainOptionsInput => ({
    data: folder,
    batch: 32, // five steps an epoch
    epochs: 2,
    lr: 0.02,
    workers: 2,
    kernels: 'default',
    ...changes,
  });
  const recipeOf = async (changes: TrainOptionsInput): Promise<Recipe> =>
    (await prepareRun(trainOptionsSchema.parse(options(changes)))).recipe;
  let weights: string;

  beforeAll(async () => {
    folder = await makeTinyFolder();
    const { runDir } = await runTraining(options({ epochs: 1, runDir: join(folder, 'before') }));
    weights = join(runDir, 'model.safetensors');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('name parameters by patterns', async () => {
    const recipe = await recipeOf({
      freeze: ['conv?.weight', 'bn1.*'],
      lrMultiplier: ['*=0.5', 'fc.*=1e1'],
      weights,
      classes: 5,
      headWarmUp: 0.5,
    });
    expect(recipe.frozen).toEqual(['conv1.weight', 'conv2.weight', 'conv3.weight', 'bn1.weight', 'bn1.bias']);
    expect(recipe.learningRates).toMatchObject({ 'bn2.weight': 0.5, 'fc.weight': 10, 'fc.bias': 10 });
    expect(recipe.headWarmUp).toEqual({ epochs: 0.5, head: ['fc.weight', 'fc.bias'] });
    expect(await recipeOf({})).not.toHaveProperty('frozen');
  });

  it.each([
    [
      { freeze: ['cnv1.*'] },
      /^--freeze cnv1\.\*: no parameter of small-cnn has such a name; there are conv1\.weight, /,
    ],
    [{ freeze: ['bn1'] }, /^--freeze bn1: no parameter .*; there are bn1\.weight, bn1\.bias, /],
    [{ freeze: ['*'] }, /^--freeze \*: nothing is left to train/],
    [{ lrMultiplier: ['head=2'] }, /^--lr-multiplier head: no parameter of small-cnn has such a name/],
    [{ headWarmUp: 1 }, /^expected --head-warm-up with weights .* there are no weights to begin with: leave it out/],
  ])('%j is refused', async (changes, message) => {
    await expect(recipeOf(changes)).rejects.toMatchObject({
      code: 'TRAINER_OPTIONS',
      message: expect.stringMatching(message),
    });
  });

  it('refuse a warm-up of a head that fits', async () => {
    await expect(recipeOf({ weights, headWarmUp: 1 })).rejects.toThrow(
      /all of .*model\.safetensors fits: leave it out/,
    );
    await expect(recipeOf({ weights, classes: 5, headWarmUp: 1, freeze: ['fc.*'] })).rejects.toThrow(
      '--freeze fc.*: nothing of the head is left to train',
    );
  });

  it('are the same after a break, in the middle of the warm-up', async () => {
    const transfer = {
      weights,
      classes: 5,
      freeze: ['conv1.*', 'bn1.*'],
      lrMultiplier: ['conv*=0.1'],
      headWarmUp: 1.4,
    };
    const whole = await runTraining(options({ ...transfer, runDir: join(folder, 'whole') }));
    const runDir = join(folder, 'broken');
    const fault = { rank: 1, step: 6, at: 'update', kind: 'throw', times: 1000 } as const;
    await expect(runTraining(options({ ...transfer, runDir }), { fault })).rejects.toThrow('fault drill');
    await rm(weights);
    expect((await readConfig(runDir)).recipe).toMatchObject({ frozen: expect.any(Array), headWarmUp: { epochs: 1.4 } });
    const summary = await resumeTraining(runDir, { workers: 3 });
    expect(summary.weightsSha256).toBe(whole.weightsSha256);
  });
});
