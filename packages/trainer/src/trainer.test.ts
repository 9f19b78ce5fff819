import { describe, expect, it } from 'vitest';
import { type Fault, faultPoints } from './faults.ts';
import { WorkerError } from './parallel/index.ts';
import { weightsSha256 } from './state-digest.ts';
import { tinyDataset, tinyOptions, tinyRecipe } from './testing/tiny-run.ts';
import { type StepResult, Trainer, type TrainerOptions } from './trainer.ts';
import type { TrainingState } from './training-state.ts';

interface Outcome {
  readonly weights: string;
  readonly optimiser: string;
  readonly losses: readonly number[];
  readonly accuracy: number;
  readonly testLoss: number;
}

const digest = ({ optimiser }: TrainingState): string =>
  weightsSha256(new Map(optimiser.map((data, i) => [String(i), { shape: [data.length], data }])));

async function trainAll(trainer: Trainer): Promise<StepResult[]> {
  const results: StepResult[] = [];
  while (trainer.step < trainer.steps) results.push(...(await trainer.run(trainer.steps)));
  return results;
}

async function outcome(changes: Partial<TrainerOptions>): Promise<Outcome> {
  await using trainer = new Trainer(tinyOptions(changes));
  const results = await trainAll(trainer);
  const state = trainer.state();
  const { accuracy, loss } = await trainer.evaluate();
  return {
    weights: weightsSha256(state.model),
    optimiser: digest(state),
    losses: results.map((result) => result.loss),
    accuracy,
    testLoss: loss,
  };
}

const reference = outcome({ workers: 1 });

describe('Trainer', () => {
  it.each([2, 3, 5, 8, 16])('has the same bits with %i workers as with one', async (workers) => {
    expect(await outcome({ workers })).toEqual(await reference);
  });

  it('learns', async () => {
    const { losses, accuracy } = await outcome({ workers: 2, recipe: tinyRecipe({ epochs: 10, augment: [] }) });
    expect(losses).toHaveLength(50);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
    expect(accuracy).toBeGreaterThan(0.9);
  });

  it('has other bits with another seed, and with other shards', async () => {
    const { weights } = await reference;
    expect((await outcome({ workers: 2, recipe: tinyRecipe({ seed: 8 }) })).weights).not.toBe(weights);
    expect((await outcome({ workers: 2, recipe: tinyRecipe({ shards: 3 }) })).weights).not.toBe(weights);
  });

  it('has the same bits with a number of shards that is no power of two, and batches smaller than the shards', async () => {
    const recipe = tinyRecipe({ shards: 11, batch: 7 });
    const one = await outcome({ workers: 1, recipe });
    expect(await outcome({ workers: 4, recipe })).toEqual(one);
    expect(await outcome({ workers: 11, recipe })).toEqual(one);
  });

  it('goes on from a state in the middle of an epoch to the same bits, with another number of workers', async () => {
    await using first = new Trainer(tinyOptions({ workers: 3 }));
    while (first.step < 7) await first.run(7);
    const middle = first.state();
    expect(middle.step).toBe(7);
    expect(await outcome({ workers: 2, resume: middle })).toEqual({
      ...(await reference),
      losses: (await reference).losses.slice(7),
    });
  });

  it('changes the number of workers in a run, and no bit', async () => {
    await using trainer = new Trainer(tinyOptions({ workers: 1 }));
    const results: StepResult[] = [];
    for (const [workers, to] of [
      [3, 4],
      [2, 9],
      [16, 11],
      [1, 15],
    ] as const) {
      while (trainer.step < to) results.push(...(await trainer.run(to)));
      await expect(trainer.resize(17)).rejects.toThrow(/at most as many workers as shards/);
      await trainer.resize(workers);
      expect(trainer.workers).toBe(workers);
    }
    const { accuracy, loss } = await trainer.evaluate();
    const state = trainer.state();
    expect({
      weights: weightsSha256(state.model),
      optimiser: digest(state),
      losses: results.map((result) => result.loss),
      accuracy,
      testLoss: loss,
    }).toEqual(await reference);
  });

  it('stops after the step under way when asked to', async () => {
    await using trainer = new Trainer(tinyOptions({ workers: 2 }));
    trainer.requestStop();
    expect(await trainer.run(10)).toHaveLength(1);
    expect(trainer.step).toBe(1);
  });

  it('counts every sample of the test set once', async () => {
    await using trainer = new Trainer(tinyOptions({ workers: 3 }));
    const { samples, confusion, mistakes } = await trainer.evaluate();
    expect(samples).toBe(37);
    const counts = confusion.flat();
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(37);
    const right = confusion.reduce((sum, row, label) => sum + row[label]!, 0);
    expect(mistakes).toHaveLength(37 - right);
    expect(mistakes.map(({ loss }) => loss)).toEqual(mistakes.map(({ loss }) => loss).toSorted((a, b) => b - a));
  });

  it('refuses pictures of another size than the network reads', () => {
    const { images, labels } = tinyDataset(4, 1);
    const wide = {
      name: 'wide',
      classes: ['a', 'b', 'c'],
      height: 4,
      width: 16,
      channels: 1,
      length: 4,
      images,
      labels,
    };
    expect(() => new Trainer(tinyOptions({ test: wide }))).toThrow(
      'tiny reads pictures of 8x8x1, but those of wide are 4x16x1',
    );
  });

  it('refuses more workers than shards', () => {
    expect(() => new Trainer(tinyOptions({ workers: 17 }))).toThrow(
      /at most as many workers as shards, got 17 workers for 16 shards/,
    );
  });
});

describe('a worker that fails', () => {
  const drills = faultPoints
    .filter((at) => at !== 'norms')
    .flatMap((at) => (['throw', 'exit'] as const).map((kind) => ({ at, kind })));

  it.each(drills)('by $kind at "$at" is replaced, and the step taken again to the same bits', async ({ at, kind }) => {
    const warnings: string[] = [];
    const fault: Fault = { rank: 1, step: 6, at, kind, times: 1 };
    expect(await outcome({ workers: 3, fault, onWarning: (message) => warnings.push(message) })).toEqual(
      await reference,
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('worker 1 failed at step');
  });

  it.each([1, 2, 3])('before meeting %i of the batch norms, from 0, likewise', async (skip) => {
    // Two batch norms, forward and backward.
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const fault: Fault = { rank: 2, step: 6, at: 'statistics', kind: 'throw', times: 1, skip };
    expect(await outcome({ workers: 3, fault, onWarning })).toEqual(await reference);
    expect(warnings).toHaveLength(1);
  });

  it('by hanging is noticed and replaced likewise', async () => {
    const fault: Fault = { rank: 0, step: 4, at: 'update', kind: 'hang', times: 1 };
    expect(await outcome({ workers: 2, fault, hangTimeoutMs: 300 })).toEqual(await reference);
  });

  it('again and again ends the run with its own error; what was committed is kept', async () => {
    const fault: Fault = { rank: 1, step: 6, at: 'gradients', kind: 'throw', times: 100 };
    await using trainer = new Trainer(tinyOptions({ workers: 2, fault }));
    const failure = await trainAll(trainer).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkerError);
    expect(failure).toMatchObject({
      name: 'TrainerError',
      code: 'TRAINER_STOPPED',
      message: 'fault drill: worker 1 fails at "gradients" of step 6',
      rank: 1,
    });
    expect((failure as Error).stack).toContain('faults.ts');
    expect(trainer.step).toBe(6);
    const resumed = await outcome({ workers: 2, resume: trainer.state() });
    expect(resumed.weights).toBe((await reference).weights);
  });

  it('because the loss is not finite ends the run at once, and says why', async () => {
    const schedule = { ...tinyRecipe().schedule, kind: 'constant' as const, learningRate: 1e30, warmupEpochs: 0 };
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    await using trainer = new Trainer(tinyOptions({ workers: 2, recipe: tinyRecipe({ schedule }), onWarning }));
    await expect(trainAll(trainer)).rejects.toMatchObject({
      code: 'TRAINER_NOT_FINITE',
      message: expect.stringContaining('Use a lower learning rate'),
    });
    expect(warnings).toEqual([]);
  });
});
