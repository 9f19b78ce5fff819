import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchNorm2d, conv2d, flatten, linear, optimiserSchema, relu, sequential } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { type Fault, faultPoints } from './faults.ts';
import type { Recipe } from './setup.ts';
import { weightsSha256 } from './state-digest.ts';
import { tinyOptions, tinyRecipe } from './testing/tiny-run.ts';
import { Trainer, type TrainerOptions } from './trainer.ts';
import type { TrainingState } from './training-state.ts';

/** A network with a tensor of 10,240 floats: of three chunks, which three or more workers share. */
const graph = sequential(
  'spread',
  [8, 8, 1],
  [
    ['conv', conv2d({ outChannels: 4, kernelSize: 3, padding: 1, bias: false })],
    ['bn', batchNorm2d()],
    ['relu1', relu()],
    ['flatten', flatten()],
    ['fc1', linear({ outFeatures: 40 })],
    ['relu2', relu()],
    ['fc2', linear({ outFeatures: 3 })],
  ],
);

const recipeOf = (optimiser: z.input<typeof optimiserSchema>, learningRate: number, clip?: number): Recipe =>
  tinyRecipe({
    graph,
    epochs: 2,
    optimiser: optimiserSchema.parse(optimiser),
    schedule: { ...tinyRecipe().schedule, learningRate },
    gradientClip: clip === undefined ? undefined : { norm: clip },
  });

/** Each optimiser, in the forms that differ in what workers exchange or keep. */
const recipes = {
  'sgd, clipped': recipeOf({ name: 'sgd', nesterov: true, weightDecay: 0.01, decayExclude: 'normAndBias' }, 0.05, 0.5),
  adagrad: recipeOf({ name: 'adagrad', lrDecay: 0.1, initialAccumulator: 0.1, weightDecay: 0.01 }, 0.05),
  rmsprop: recipeOf({ name: 'rmsprop', centered: true, momentum: 0.9 }, 2e-4),
  adam: recipeOf({ name: 'adam', amsgrad: true, weightDecay: 0.01 }, 0.01),
  'adamw, clipped': recipeOf({ name: 'adamw', decayExclude: 'normAndBias' }, 0.01, 0.5),
  lion: recipeOf({ name: 'lion', weightDecay: 0.1 }, 0.002),
  lars: recipeOf({ name: 'lars', weightDecay: 0.01, trustCoefficient: 0.02 }, 1),
  'lars, clipped': recipeOf(
    { name: 'lars', weightDecay: 0.01, decayExclude: 'normAndBias', trustCoefficient: 0.02 },
    0.5,
    0.2,
  ),
} as const;
type RecipeName = keyof typeof recipes;
const names = Object.keys(recipes) as RecipeName[];

interface Outcome {
  readonly weights: string;
  readonly optimiser: string;
  readonly losses: readonly number[];
}

const digest = ({ optimiser }: TrainingState): string =>
  weightsSha256(new Map(optimiser.map((data, i) => [String(i), { shape: [data.length], data }])));

async function outcome(changes: Partial<TrainerOptions>): Promise<Outcome> {
  await using trainer = new Trainer(tinyOptions(changes));
  const losses: number[] = [];
  while (trainer.step < trainer.steps) {
    for (const { loss } of await trainer.run(trainer.steps)) losses.push(loss);
  }
  const state = trainer.state();
  return { weights: weightsSha256(state.model), optimiser: digest(state), losses };
}

const ofOneWorker = new Map<RecipeName, Promise<Outcome>>();
function reference(name: RecipeName): Promise<Outcome> {
  const made = ofOneWorker.get(name) ?? outcome({ workers: 1, recipe: recipes[name] });
  ofOneWorker.set(name, made);
  return made;
}

describe.each(names)('%s', (name) => {
  const recipe = recipes[name];

  // Thirteen threads start here, which takes its time on a busy machine.
  it('has the same bits with 2, 3 and 8 workers as with one', { timeout: 120_000 }, async () => {
    const outcomes = await Promise.all([2, 3, 8].map((workers) => outcome({ workers, recipe })));
    for (const other of outcomes) expect(other).toEqual(await reference(name));
  });

  it('learns', async () => {
    const { losses } = await reference(name);
    expect(losses).toHaveLength(10);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-4))).toBeLessThan(mean(losses.slice(0, 2)));
  });

  it('goes on from a checkpoint in the middle of an epoch to the same bits, with another number of workers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-optimisers-'));
    try {
      await using first = new Trainer(tinyOptions({ workers: 3, recipe }));
      while (first.step < 7) await first.run(7);
      const facts = { kernelBuild: 'default', kernelsSha256: '', shards: 16 };
      const path = await writeCheckpoint(folder, { state: first.state(), progress: { epochs: 1, best: null }, facts });
      const { state: resume } = await readCheckpoint(path);
      const expected = await reference(name);
      expect(await outcome({ workers: 2, recipe, resume })).toEqual({ ...expected, losses: expected.losses.slice(7) });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe.each(['adam', 'lars, clipped'] as const)('a worker that fails, with %s', (name) => {
  const recipe = recipes[name];
  const points = faultPoints.filter((at) => at !== 'norms' || name !== 'adam');

  it.each(points)('at "%s" is replaced, and the step taken again to the same bits', async (at) => {
    const warnings: string[] = [];
    const fault: Fault = { rank: 1, step: 6, at, kind: 'exit', times: 1 };
    const onWarning = (message: string) => warnings.push(message);
    expect(await outcome({ workers: 3, recipe, fault, onWarning })).toEqual(await reference(name));
    expect(warnings).toHaveLength(1);
  });
});

describe('clipping', () => {
  const bn = [
    ['conv', conv2d({ outChannels: 4, kernelSize: 3 })],
    ['bn', batchNorm2d()],
  ] as const;
  const rest = [
    ['flatten', flatten()],
    ['fc', linear({ outFeatures: 3 })],
  ] as const;
  const large = tinyRecipe({ graph: sequential('large', [8, 8, 1], [...bn, ...rest]), gradientClip: { norm: 1 } });

  it('beyond every norm has the bits of none, and within them others', async () => {
    const plain = tinyRecipe({ graph, epochs: 1 });
    const [none, wide, narrow] = await Promise.all(
      [undefined, { norm: 1e6 }, { norm: 0.5 }].map((gradientClip) =>
        outcome({ workers: 2, recipe: { ...plain, gradientClip } }),
      ),
    );
    expect(wide).toEqual(none);
    expect(narrow!.weights).not.toBe(none!.weights);
  });

  it('ends the run where the norm is not finite, and says why', async () => {
    // Scales of 1e-37 before weights of 1e38: the logits are finite, and the gradient of the scales is beyond float32.
    await using first = new Trainer(tinyOptions({ workers: 1, recipe: large }));
    const resume = first.state();
    resume.model.get('bn.weight')!.data.fill(1e-37);
    resume.model.get('fc.weight')!.data.forEach((_, i, weights) => {
      weights[i] = i < 144 ? 1e38 : -1e38; // [3 classes][144]
    });
    await using trainer = new Trainer(tinyOptions({ workers: 2, recipe: large, resume }));
    await expect(trainer.run(1)).rejects.toMatchObject({
      code: 'TRAINER_NOT_FINITE',
      message: expect.stringMatching(/^step 0: the norm of the gradient is (Infinity|NaN): /),
    });
  });
});

describe('what a trainer tells the optimiser', () => {
  it('is what its state begins with', async () => {
    await using trainer = new Trainer(tinyOptions({ workers: 3, recipe: recipes.adagrad }));
    const [sums] = trainer.state().optimiser;
    expect(new Set(sums)).toEqual(new Set([Math.fround(0.1)]));
  });

  it('is the number of the step: with such a decay only the first one moves anything', async () => {
    const recipe = recipeOf({ name: 'adagrad', lrDecay: 1e30 }, 0.05);
    await using trainer = new Trainer(tinyOptions({ workers: 2, recipe }));
    const weights = () => trainer.state().model.get('fc1.weight')!.data;
    const initial = weights();
    await trainer.run(1);
    const first = weights();
    expect(first).not.toEqual(initial);
    while (trainer.step < trainer.steps) await trainer.run(trainer.steps);
    expect(weights()).toEqual(first);
  });
});

describe('a state', () => {
  it('of another optimiser is refused', async () => {
    await using first = new Trainer(tinyOptions({ workers: 1 }));
    const resume = first.state();
    expect(() => new Trainer(tinyOptions({ workers: 1, resume, recipe: recipes.adam }))).toThrow(
      expect.objectContaining({
        code: 'STATE_MISMATCH',
        message: expect.stringMatching(/^expected 3 optimiser vectors of \d+ floats, got lengths \[\d+\]: /),
      }),
    );
  });
});
