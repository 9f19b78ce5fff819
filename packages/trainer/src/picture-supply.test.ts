import { renameSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classificationLosses } from '@lockstep/core';
import { channelStatistics, type ImageDataset, loadDataset, type Split } from '@lockstep/data';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainOptionsInput } from './options.ts';
import { readConfig } from './run-folder.ts';
import type { TrainEvent } from './run-metrics.ts';
import { resumeTraining, runTraining } from './run-training.ts';
import type { Recipe } from './setup.ts';
import { weightsSha256 } from './state-digest.ts';
import { tinyDataset, tinyGraph, tinyOptions, tinyRecipe } from './testing/tiny-run.ts';
import { Trainer, type TrainerOptions } from './trainer.ts';

/** Of a picture. */
const bytes = 64;
const batch = 22;

let folder: string;

/** The training set has 101 pictures, and the last batch 13; there are 31 to validate with, and 37 to test with. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-supply-'));
  for (const [split, dataset] of [
    ['train', tinyDataset(101, 1)],
    ['val', tinyDataset(31, 3)],
    ['test', tinyDataset(37, 2)],
  ] as const) {
    for (let i = 0; i < dataset.length; i++) {
      const path = join(folder, split, `class${dataset.labels[i]}`);
      await mkdir(path, { recursive: true });
      const raw = { height: 8, width: 8, channels: 1 } as const;
      const pixels = dataset.images.slice(i * bytes, (i + 1) * bytes);
      await writeFile(join(path, `${i}.png`), await sharp(pixels, { raw }).png().toBuffer());
    }
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** All pictures in memory, or as many as there are slots. */
const load = (split: Split, slots?: number): Promise<ImageDataset> =>
  loadDataset(folder, {
    ...{ split, height: 8, width: 8, channels: 1 },
    ...(slots && { memoryLimit: slots * bytes, stream: { batch } }),
  });

const options = async (slots: number | undefined, changes: Partial<TrainerOptions> = {}) => {
  const [train, test] = [await load('train', slots), await load('test', slots && Math.min(slots, 36))];
  expect([train.streamed === undefined, test.streamed === undefined]).toEqual([!slots, !slots]);
  const recipe = tinyRecipe({ epochs: 2, normalisation: channelStatistics(train) });
  return tinyOptions({ train, test, recipe, ...changes });
};

/** Trains to a step, and tests. */
async function outcome(trainer: Trainer, to = trainer.steps) {
  const losses: number[] = [];
  while (trainer.step < to) losses.push(...(await trainer.run(to)).map(({ loss }) => loss));
  const { accuracy, loss } = await trainer.evaluate();
  return { weights: weightsSha256(trainer.state().model), losses, accuracy, loss };
}

async function trained(slots: number | undefined, changes: Partial<TrainerOptions> = {}) {
  await using trainer = new Trainer(await options(slots, changes));
  return await outcome(trainer);
}

let reference: ReturnType<typeof trained>;
beforeAll(() => {
  reference = trained(undefined, { workers: 1 });
});

/** 22 slots are a batch, the fewest that there may be; 100 leave out one picture. */
describe('a data set that is streamed', () => {
  it.each([
    [1, 22],
    [2, 100],
  ])('has the same bits as one in memory: %i workers, %i slots', async (workers, slots) => {
    expect(await trained(slots, { workers })).toEqual(await reference);
  });

  it('so with mixtures, and samples that come again', async () => {
    const changes: Partial<Recipe> = {
      epochs: 2,
      sampler: 'balanced',
      mixing: { mixup: 0.4, cutmix: 1 },
      losses: classificationLosses(tinyGraph(), { target: 'values' }),
      accumulate: 2,
    };
    const recipe = tinyRecipe(changes);
    expect(await trained(44, { workers: 2, recipe })).toEqual(await trained(undefined, { workers: 3, recipe }));
  });

  it('so if a worker fails, and the step is taken again', async () => {
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const fault = { rank: 1, step: 6, at: 'update', kind: 'exit', times: 1 } as const;
    expect(await trained(44, { workers: 2, fault, onWarning })).toEqual(await reference);
    expect(warnings).toHaveLength(1);
  });

  it('so if it goes on in the middle of an epoch, and with another number of workers', async () => {
    const whole = await reference;
    await using first = new Trainer(await options(44, { workers: 1 }));
    const begun = await outcome(first, 3);
    await using second = new Trainer(await options(50, { workers: 2, resume: first.state() }));
    await outcome(second, 7); // tests in between
    await second.resize(3);
    const { losses, ...rest } = await outcome(second);
    expect({ ...rest, losses: [...begun.losses, ...whole.losses.slice(3, 7), ...losses] }).toEqual(whole);
  });

  it('stops while it waits for pictures', async () => {
    await using trainer = new Trainer(await options(44, { workers: 1 }));
    const waiting = trainer.run(5);
    trainer.requestStop();
    expect(await waiting).toEqual([]);
    expect(trainer.step).toBe(0);
  });
});

describe('a run with a memory limit', () => {
  const input = (changes: TrainOptionsInput): TrainOptionsInput => ({
    ...{ data: folder, size: 8, color: 'grey', batch: 8, epochs: 2, lr: 0.02, workers: 2, kernels: 'default' },
    ...changes,
  });
  const limited = { memoryLimit: '6KiB' }; // of 101 + 37 pictures, 8.6 KiB: 80 + 16 slots, 64 of them for what comes next

  it('has the weights of one without, says what is streamed, and goes on in the middle', async () => {
    const whole = await runTraining(input({ runDir: join(folder, 'whole') }));
    expect(whole).toMatchObject({ dataWait: 0, dataLoad: expect.any(Number) });
    const events: TrainEvent[] = [];
    const controller = new AbortController();
    const onEvent = (event: TrainEvent) => {
      events.push(event);
      if (event.event === 'step') controller.abort();
    };
    const runDir = join(folder, 'limited');
    const stopped = await runTraining(input({ ...limited, runDir }), { onEvent, signal: controller.signal });
    expect(stopped.steps).toBeLessThan(26);
    expect(events.find(({ event }) => event === 'start')).toMatchObject({
      streamedSamples: 101 + 37 - 16,
      pictureBytes: 6144,
    });
    const loading: number[] = [];
    const resumed = await resumeTraining(runDir, {
      workers: 1,
      onEvent: (event) => event.event === 'loading' && loading.push(event.total),
    });
    // Only the pictures that stay: the files have been looked through.
    expect([...new Set(loading)]).toEqual([16]);
    expect(resumed).toMatchObject({ steps: 26, weightsSha256: whole.weightsSha256, testLoss: whole.testLoss });
    expect(resumed.dataWait).toBeGreaterThan(0);
  });

  it.each(['own', 0.25] as const)('streams what it validates with, too: %s', async (validation) => {
    const name = (kind: string) => join(folder, `${kind}-${validation}`);
    const common = { validation, epochs: 1 };
    const whole = await runTraining(input({ ...common, runDir: name('validated') }));
    const fault = { rank: 0, step: 5, at: 'update', kind: 'throw', times: 1000 } as const;
    const runDir = name('streamed');
    await expect(runTraining(input({ ...common, ...limited, runDir }), { fault })).rejects.toThrow('fault drill');
    const { surveys } = await readConfig(runDir);
    expect(Object.values(surveys!).every((survey) => survey !== undefined)).toBe(true);
    const loading = new Set<number>();
    const { testLoss, validationLoss, weightsSha256 } = await resumeTraining(runDir, {
      onEvent: (event) => event.event === 'loading' && loading.add(event.total),
    });
    expect({ testLoss, validationLoss, weightsSha256 }).toEqual({
      ...{ testLoss: whole.testLoss, validationLoss: whole.validationLoss, weightsSha256: whole.weightsSha256 },
    });
    expect([...loading].every((total) => total < 25)).toBe(true);
  });

  it('ends with the name of a picture that vanishes, and keeps what was trained', async () => {
    const vanishing = join(folder, 'train/class1');
    const runDir = join(folder, 'vanished');
    let gone = false;
    const onEvent = ({ event }: TrainEvent) => {
      if (event === 'step' && !gone) renameSync(vanishing, `${vanishing}-gone`);
      gone ||= event === 'step';
    };
    await expect(runTraining(input({ ...limited, runDir, epochs: 3 }), { onEvent })).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
      message: expect.stringMatching(/train\/class1\/\d+\.png.*it could be when the data was loaded/),
    });
    await rename(`${vanishing}-gone`, vanishing);
    expect((await resumeTraining(runDir, { workers: 1 })).steps).toBe(39);
  });
});
