import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from './checkpoint.ts';
import { evaluateRun } from './evaluate-run.ts';
import type { TrainOptionsInput } from './options.ts';
import { readConfig } from './run-folder.ts';
import type { TrainEvent, TrainSummary } from './run-metrics.ts';
import { resumeTraining, runTraining } from './run-training.ts';
import { weightsSha256 } from './state-digest.ts';
import { makeTinyFolder } from './testing/tiny-folder.ts';
import { tinyDataset, tinyOptions } from './testing/tiny-run.ts';
import { Trainer } from './trainer.ts';
import { verifyWorkers } from './verify.ts';

let folder: string;
let whole: TrainSummary;
const events: TrainEvent[] = [];

/** Of 150 training samples 30 are validated with: four steps an epoch. */
const options = (changes: TrainOptionsInput): TrainOptionsInput => ({
  data: folder,
  validation: 0.2,
  batch: 32,
  epochs: 3,
  lr: 0.02,
  workers: 2,
  kernels: 'default',
  ...changes,
});

const noTimes = { seconds: 0, imagesPerSecond: 0, dataWait: 0, dataLoad: 0 };
const linesOf = async (runDir: string): Promise<Record<string, unknown>[]> =>
  (await readFile(join(runDir, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n').map((line) => ({ ...JSON.parse(line), ...noTimes })); // biome-ignore format: one line

/** What must be the same in two runs: all but times, and where they are. */
const essence = async ({ runDir, workers: _, ...rest }: TrainSummary) => ({
  ...{ ...rest, ...noTimes },
  lines: await linesOf(runDir),
});

beforeAll(async () => {
  folder = await makeTinyFolder();
  whole = await runTraining(options({ runDir: join(folder, 'whole') }), { onEvent: (event) => events.push(event) });
});
afterAll(() => rm(folder, { recursive: true }));

describe('a run with a share for validation', () => {
  it('trains on the rest, judges each epoch by the share, and tests once, at the end', async () => {
    expect(events[0]).toMatchObject({
      event: 'start',
      trainSamples: 120,
      validationSamples: 30,
      testSamples: 41,
      steps: 12,
    });
    const told = events.filter(({ event }) => event !== 'step');
    expect(told.map(({ event }) => event)).toEqual(['start', 'epoch', 'epoch', 'epoch', 'test', 'done']);
    for (const epoch of events.filter(({ event }) => event === 'epoch')) {
      expect(epoch).toMatchObject({ validationAccuracy: expect.any(Number), validationLoss: expect.any(Number) });
      expect(epoch).not.toHaveProperty('testAccuracy');
    }
    const last = events.findLast((event) => event.event === 'epoch')!;
    const { validationAccuracy, validationLoss } = last;
    expect(whole).toMatchObject({ validationAccuracy, validationLoss, testAccuracy: expect.any(Number) });
    const { testAccuracy, testLoss } = whole;
    expect(events.at(-2)).toEqual({ event: 'test', epoch: 3, steps: 12, testAccuracy, testLoss });
    expect((await linesOf(whole.runDir)).at(-1)).toMatchObject({ event: 'test', epoch: 3, testAccuracy, testLoss });
  });

  it('is evaluated again to the same figures, on either', async () => {
    const { testAccuracy, testLoss, validationAccuracy, validationLoss } = whole;
    expect(await evaluateRun(whole.runDir, { workers: 3 })).toMatchObject({ samples: 41, accuracy: testAccuracy, loss: testLoss }); // biome-ignore format: one line
    expect(await evaluateRun(whole.runDir, { split: 'validation', workers: 1 })).toMatchObject({
      ...{ samples: 30, accuracy: validationAccuracy, loss: validationLoss },
    });
  });

  it('says in its report which is which', async () => {
    const report = await readFile(join(whole.runDir, 'report.html'), 'utf8');
    for (const text of [
      'test accuracy</span>',
      'Validation loss',
      'of 41 test pictures wrong',
      'validation figures are',
    ]) {
      expect(report).toContain(text);
    }
  });

  it('has the same bits and figures for any number of workers, and after a break within an epoch', async () => {
    for (const [workers, step] of [
      [1, 1],
      [3, 6],
    ] as const) {
      const runDir = join(folder, `broken-${workers}`);
      const fault = { rank: workers - 1, step, at: 'update', kind: 'throw', times: 1000 } as const;
      await expect(runTraining(options({ runDir, workers }), { fault })).rejects.toThrow('fault drill');
      expect(await linesOf(runDir)).not.toContainEqual(expect.objectContaining({ event: 'test' }));
      expect(await essence(await resumeTraining(runDir, { workers: 2 }))).toEqual(await essence(whole));
    }
    // And once more when it is over.
    expect(await essence(await resumeTraining(whole.runDir, { workers: 1 }))).toEqual(await essence(whole));
    const digests = new Set<string>();
    for await (const { workers: _, ...rest } of verifyWorkers(options({}), [1, 3], 5)) digests.add(JSON.stringify(rest)); // biome-ignore format: one line
    expect(digests.size).toBe(1);
  });

  it('shows what it knows where it is interrupted', async () => {
    const report = await readFile(join((await interrupted()).runDir, 'report.html'), 'utf8');
    expect(report).toContain('validation accuracy</span>');
    expect(report).toContain('of 30 validation pictures wrong');
  });

  const interrupted = () => {
    const controller = new AbortController();
    return runTraining(options({ runDir: join(folder, 'interrupted') }), {
      signal: controller.signal,
      onEvent: ({ event }) => event === 'epoch' && controller.abort(),
    });
  };
});

describe('the best epoch', () => {
  const impatient = { epochs: 40, lr: 0.5, patience: 2, momentum: 0, keepCheckpoints: 1 };
  let stopped: TrainSummary;
  beforeAll(async () => {
    stopped = await runTraining(options({ ...impatient, runDir: join(folder, 'impatient') }));
  });
  const nameOf = (epoch: number) => `step-${String(4 * epoch).padStart(8, '0')}`;

  it('is that of the validation, whose weights are tested too', async () => {
    expect(stopped).toMatchObject({ stoppedEarly: true, epochs: stopped.bestEpoch! + 2 });
    const lines = (await linesOf(stopped.runDir)).filter(({ event }) => event === 'epoch');
    const accuracies = lines.map(({ validationAccuracy }) => Number(validationAccuracy));
    expect(stopped.bestValidationAccuracy).toBe(Math.max(...accuracies));
    expect(accuracies[stopped.bestEpoch! - 1]).toBe(stopped.bestValidationAccuracy);
    const path = join(stopped.runDir, 'checkpoint', nameOf(stopped.bestEpoch!));
    expect((await readdir(join(stopped.runDir, 'checkpoint'))).sort()).toEqual([
      nameOf(stopped.bestEpoch!),
      nameOf(stopped.epochs),
    ]);
    // As a run of which those are the weights.
    const copy = join(folder, 'best');
    await cp(stopped.runDir, copy, { recursive: true });
    await cp(join(path, 'model.safetensors'), join(copy, 'model.safetensors'));
    const { accuracy, loss } = await evaluateRun(copy);
    expect(accuracy).toBe(stopped.bestTestAccuracy);
    const tests = (await linesOf(stopped.runDir)).filter(({ event }) => event === 'test');
    expect(tests).toMatchObject([
      { epoch: stopped.epochs, testAccuracy: stopped.testAccuracy },
      {
        epoch: stopped.bestEpoch,
        testAccuracy: accuracy,
        testLoss: loss,
        steps: (await readCheckpoint(path)).state.step,
      },
    ]);
    expect(tests[0]!.testLoss).not.toBe(loss);
    const report = await readFile(join(stopped.runDir, 'report.html'), 'utf8');
    expect(report).toContain('test accuracy</span>');
  });

  it('is not tested where its checkpoint is damaged, which is told', async () => {
    const copy = join(folder, 'damaged');
    await cp(stopped.runDir, copy, { recursive: true });
    await writeFile(join(copy, 'checkpoint', nameOf(stopped.bestEpoch!), 'model.safetensors'), 'short');
    const warnings: string[] = [];
    const summary = await resumeTraining(copy, {
      onEvent: (event) => event.event === 'warning' && warnings.push(event.message),
    });
    expect(summary).toMatchObject({ bestTestAccuracy: null, testAccuracy: stopped.testAccuracy });
    expect(warnings).toEqual([
      expect.stringMatching(
        new RegExp(`cannot be used: .*; the weights of the best epoch, ${stopped.bestEpoch}, are not tested$`),
      ),
    ]);
  });
});

it('another model is evaluated beside the one that is trained, which goes on to the same bits', async () => {
  const validation = tinyDataset(59, 3);
  await using trainer = new Trainer(tinyOptions({ validation, workers: 3 }));
  const start = trainer.state().model;
  const before = await trainer.evaluate({ on: 'validation' });
  expect(before.samples).toBe(59);
  while (trainer.step < 7) await trainer.run(7);
  const now = await trainer.evaluate();
  expect(await trainer.evaluate({ on: 'validation', model: start })).toEqual(before);
  expect(await trainer.evaluate()).toEqual(now);
  while (trainer.step < trainer.steps) await trainer.run(trainer.steps);
  await using other = new Trainer(tinyOptions({ workers: 1 }));
  while (other.step < other.steps) await other.run(other.steps);
  expect(weightsSha256(trainer.state().model)).toBe(weightsSha256(other.state().model));
  await expect(other.evaluate({ on: 'validation' })).rejects.toMatchObject({ code: 'TRAINER_OPTIONS' });
});

describe('without one', () => {
  it('nothing is kept, and the test set judges', async () => {
    const summary = await runTraining(options({ validation: 'none', epochs: 1, runDir: join(folder, 'none') }));
    expect(summary).not.toHaveProperty('validationAccuracy');
    expect(summary).toMatchObject({ steps: 5, bestTestAccuracy: summary.testAccuracy, bestEpoch: 1 });
    expect((await linesOf(summary.runDir)).map(({ event }) => event)).toEqual([...Array(5).fill('step'), 'epoch']);
    await expect(evaluateRun(summary.runDir, { split: 'validation' })).rejects.toThrow(
      `${summary.runDir} was trained without samples for validation: test it, or train with --validation`,
    );
    // As runs of before there was such an option.
    const path = join(summary.runDir, 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as { options: Record<string, unknown> };
    delete config.options.validation;
    await writeFile(path, JSON.stringify(config));
    expect((await readConfig(summary.runDir)).options.validation).toBe('none');
    expect(await essence(await resumeTraining(summary.runDir))).toEqual(await essence(summary));
  });

  it('a set of its own is refused where there is none', async () => {
    const runDir = join(folder, 'own');
    await expect(runTraining(options({ validation: 'own', runDir }))).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
      message: `${folder}: expected a validation split, it has only train and test; a share of train can be kept for validation`,
    });
    expect(await readdir(folder)).not.toContain('own');
  });
});
