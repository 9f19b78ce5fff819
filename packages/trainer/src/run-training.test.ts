import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors } from '@lockstep/core';
import { directAlgorithms } from '@lockstep/kernels';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateRun } from './evaluate-run.ts';
import { exportRun } from './export-run.ts';
import { type TrainOptionsInput, trainOptionsSchema } from './options.ts';
import { Predictor } from './predictor.ts';
import { prepareRun } from './prepare.ts';
import { readConfig, readModel } from './run-folder.ts';
import type { TrainEvent, TrainSummary } from './run-metrics.ts';
import { resumeTraining, runTraining } from './run-training.ts';
import { weightsSha256 } from './state-digest.ts';
import { makeTinyFolder, tinyTest as test } from './testing/tiny-folder.ts';
import { verifyWorkers } from './verify.ts';

let folder: string;

beforeAll(async () => {
  folder = await makeTinyFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const options = (changes: TrainOptionsInput): TrainOptionsInput => ({
  data: folder,
  batch: 32,
  epochs: 2,
  lr: 0.02,
  workers: 2,
  kernels: 'default',
  runDir: join(folder, 'run'),
  ...changes,
});

const events: TrainEvent[] = [];
let whole: TrainSummary;

describe('a run', () => {
  beforeAll(async () => {
    whole = await runTraining(options({}), { onEvent: (event) => events.push(event) });
  });

  it('writes its folder', async () => {
    expect((await readdir(whole.runDir)).toSorted()).toEqual([
      'checkpoint',
      'config.json',
      'metrics.jsonl',
      'model.safetensors',
      'report.html',
    ]);
    const config = await readConfig(whole.runDir);
    expect(config.classes).toEqual(['0', '1', '2']);
    expect(config.recipe).toMatchObject({ batch: 32, shards: 8, epochs: 2, seed: 1 });
    expect(await readdir(join(whole.runDir, 'checkpoint'))).toEqual(['step-00000005', 'step-00000010']);
  });

  it('keeps how its convolutions are computed, and computes them so when it goes on and is evaluated', async () => {
    expect(Object.values((await readConfig(whole.runDir)).recipe.algorithms!)).toContainEqual(directAlgorithms);
    const runDir = join(folder, 'winograd');
    const other = await runTraining(options({ runDir, kernels: 'winograd' }));
    const winograd = { forward: 'winograd', inputGradient: 'winograd', weightGradient: 'winograd' };
    expect(Object.values((await readConfig(runDir)).recipe.algorithms!)).toContainEqual(winograd);
    expect(other.weightsSha256).not.toBe(whole.weightsSha256);
    expect((await evaluateRun(runDir, { kernels: 'default' })).loss).toBe(other.testLoss);
  });

  it('tells of its steps and epochs, and writes the same to its metrics', async () => {
    expect(events.map(({ event }) => event)).toEqual(['start', ...steps(5), 'epoch', ...steps(5), 'epoch', 'done']);
    const lines = (await readFile(join(whole.runDir, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      events.filter(({ event }) => event === 'step' || event === 'epoch'),
    );
  });

  it('gives the digest of the weights it wrote', async () => {
    const bytes = await readFile(join(whole.runDir, 'model.safetensors'));
    expect(weightsSha256(decodeSafetensors(bytes, 'model').state)).toBe(whole.weightsSha256);
  });

  it('evaluates to the figures that training ended with', async () => {
    for (const workers of [1, 3]) {
      const evaluation = await evaluateRun(whole.runDir, { workers });
      expect(evaluation).toMatchObject({ accuracy: whole.testAccuracy, loss: whole.testLoss, samples: 41 });
    }
  });

  it('predicts what it evaluates', async () => {
    const predictor = await Predictor.load(whole.runDir);
    const { confusion } = await evaluateRun(whole.runDir);
    const counts = confusion.map((row) => row.map(() => 0));
    for (let i = 0; i < test.length; i++) {
      const image = { data: test.images.slice(i * 64, i * 64 + 64), height: 8, width: 8, channels: 1 };
      const { class: name, probability, probabilities } = predictor.predict(image);
      counts[test.labels[i]!]![Number(name)]!++;
      expect(probabilities[name]).toBe(probability);
      expect(Object.values(probabilities).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
    }
    expect(counts).toEqual(confusion);
  });

  it('predicts a picture file', async () => {
    const path = join(folder, 'bar.png');
    await sharp(Buffer.from(test.images.slice(0, 64)), { raw: { width: 8, height: 8, channels: 1 } })
      .png()
      .toFile(path);
    const predictor = await Predictor.load(whole.runDir);
    expect(await predictor.predictFile(path)).toEqual(
      predictor.predict({ data: test.images.slice(0, 64), height: 8, width: 8, channels: 1 }),
    );
  });

  it('is what another run goes on from, also with more outputs than the data has classes', async () => {
    const started: TrainEvent[] = [];
    const weights = join(whole.runDir, 'model.safetensors');
    const runDir = join(folder, 'more-classes');
    const summary = await runTraining(options({ weights, classes: 5, epochs: 1, lr: 1e-6, runDir, augment: 'none' }), {
      onEvent: (event) => started.push(event),
    });
    expect(started[0]).toMatchObject({
      event: 'start',
      weights: { file: weights, matched: 15, reinitialised: ['fc.weight', 'fc.bias'], skipped: [] },
    });
    expect((await readConfig(runDir)).classes).toEqual(['0', '1', '2', 'unused 3', 'unused 4']);
    const { confusion, accuracy } = await evaluateRun(runDir);
    expect(confusion.map((row) => row.length)).toEqual([5, 5, 5, 5, 5]);
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(41);
    expect(accuracy).toBe(summary.testAccuracy);
    await expect(runTraining(options({ classes: 2 }))).rejects.toThrow(
      /at least as many classes as .* has, 3, got --classes 2/,
    );

    // It has hardly moved from where it began.
    const before = (await readModel(whole.runDir)).get('conv2.weight')!.data;
    const after = (await readModel(runDir)).get('conv2.weight')!.data;
    expect(Math.max(...after.map((value, i) => Math.abs(value - before[i]!)))).toBeLessThan(1e-4);
  });

  it('goes on as an ONNX file, whose graph it is, with a head for other classes', async () => {
    const model = join(folder, 'net.onnx');
    await exportRun(whole.runDir, { format: 'onnx', out: model });
    const started: TrainEvent[] = [];
    const runDir = join(folder, 'from-onnx');
    await runTraining(options({ model, epochs: 1, lr: 1e-6, runDir, augment: 'none' }), {
      onEvent: (event) => started.push(event),
    });
    expect(started[0]).toMatchObject({ event: 'start', weights: { file: model, matched: 17, reinitialised: [] } });
    const before = (await readModel(whole.runDir)).get('conv2.weight')!.data;
    const after = (await readModel(runDir)).get('conv2.weight')!.data;
    expect(Math.max(...after.map((value, i) => Math.abs(value - before[i]!)))).toBeLessThan(1e-4);

    const more = trainOptionsSchema.parse(options({ model, classes: 5 }));
    const { start } = await prepareRun(more);
    expect(start!.facts).toMatchObject({ matched: 15, reinitialised: ['fc.weight', 'fc.bias'] });
    await expect(
      prepareRun(trainOptionsSchema.parse(options({ model: join(folder, 'no.onnx') }))),
    ).rejects.toMatchObject({
      code: 'TRAINER_WEIGHTS',
    });
  });

  it('goes on without the files that it began with', async () => {
    const [model, weights] = [join(folder, 'net.yaml'), join(folder, 'gone.safetensors')];
    await writeFile(
      model,
      `name: net
inputs: [{ name: picture, shape: [12, 12, 3] }]
nodes:
  - { name: conv, op: conv2d, options: { outChannels: 4, kernelSize: 3, stride: 2 } }
  - { name: relu, op: relu }
  - { name: pool, op: globalAvgPool2d }
  - { name: fc, op: linear, options: { outFeatures: 10 } }
`,
    );
    const runOf = (name: string) => options({ model, augment: 'none', epochs: 1, runDir: join(folder, name) });
    const { runDir } = await runTraining(runOf('yaml-first'));
    await exportRun(runDir, { format: 'safetensors', out: weights });
    const expected = await runTraining({ ...runOf('yaml-whole'), weights });
    expect((await readConfig(expected.runDir)).recipe.graph.inputs[0]!.shape).toEqual([8, 8, 1]);
    const broken = runTraining(
      { ...runOf('yaml-broken'), weights },
      { fault: { rank: 0, step: 0, at: 'update', kind: 'throw', times: 1000 } },
    );
    await expect(broken).rejects.toThrow('fault drill');
    expect(await readdir(join(folder, 'yaml-broken/checkpoint'))).toEqual(['step-00000000']);
    await Promise.all([model, weights].map((file) => rm(file)));
    const summary = await resumeTraining(join(folder, 'yaml-broken'));
    expect(summary.weightsSha256).toBe(expected.weightsSha256);
    expect((await evaluateRun(summary.runDir)).accuracy).toBe(expected.testAccuracy);
  });

  it('augments by a file of transforms, which it needs no more once it has begun', async () => {
    const augment = join(folder, 'policy.yaml');
    await writeFile(augment, '- { op: random_crop, size: 8, padding: 2 }\n- { op: rotate, degrees: 20, fill: 9 }\n');
    const input = options({ augment, epochs: 1, runDir: join(folder, 'policy') });
    const digests = new Set<string>();
    for await (const { weightsSha256: weights } of verifyWorkers(input, [1, 2, 3], 3)) digests.add(weights);
    expect(digests.size).toBe(1);
    const expected = await runTraining({ ...input, runDir: join(folder, 'policy-whole') });
    expect(expected.weightsSha256).not.toBe((await runTraining(options({ epochs: 1, runDir: join(folder, 'no-policy') }))).weightsSha256); // biome-ignore format: one line
    const broken = runTraining(input, { fault: { rank: 1, step: 3, at: 'update', kind: 'throw', times: 1000 } });
    await expect(broken).rejects.toThrow('fault drill');
    await rm(augment);
    const { runDir, ...summary } = await resumeTraining(join(folder, 'policy'), { workers: 3 });
    expect(summary.weightsSha256).toBe(expected.weightsSha256);
    expect((await readConfig(runDir)).recipe.augment).toMatchObject({
      op: 'compose',
      transforms: [
        { op: 'random_crop', size: [8, 8], padding: 2 },
        { op: 'rotate', degrees: [-20, 20], fill: 9 },
      ],
    });
    expect((await evaluateRun(runDir)).accuracy).toBe(expected.testAccuracy);
    const picture = { data: test.images.slice(0, 64), height: 8, width: 8, channels: 1 };
    expect((await Predictor.load(runDir)).predict(picture)).toEqual(
      (await Predictor.load(expected.runDir)).predict(picture),
    );
  });

  it('says what is wrong with a file of transforms, and where it is', async () => {
    const augment = join(folder, 'wrong.json');
    const refused = () => expect(prepareRun(trainOptionsSchema.parse(options({ augment })))).rejects;
    await refused().toThrow(`${augment}: expected a file, there is none`);
    await writeFile(augment, '[{ "op": "rotate", "degree": 20 }]');
    await refused().toThrow(`${augment}: rotate: {"degree":20}`);
    await writeFile(augment, '[{ "op": "turn" }]');
    await refused().toThrow(`${augment}: transform: expected op to be one of compose,`);
    await writeFile(augment, '[{');
    await refused().toThrow(`${augment}: expected json, it cannot be understood`);
  });

  it('refuses a folder that holds a run already', async () => {
    await expect(runTraining(options({}))).rejects.toThrow(
      /holds a run already: choose another --run-dir, or go on with it with --resume/,
    );
  });

  it('stops when asked to, and goes on to the same weights with another number of workers', async () => {
    const runDir = join(folder, 'stopped');
    const controller = new AbortController();
    const stopped = await runTraining(options({ runDir }), {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.event === 'epoch') controller.abort();
      },
    });
    expect(stopped.steps).toBeLessThan(10);
    const resumed: TrainEvent[] = [];
    const summary = await resumeTraining(runDir, { workers: 3, onEvent: (event) => resumed.push(event) });
    expect(summary.weightsSha256).toBe(whole.weightsSha256);
    expect(summary).toMatchObject({ testAccuracy: whole.testAccuracy, testLoss: whole.testLoss, steps: 10, epochs: 2 });
    expect(resumed.filter(({ event }) => event === 'warning')).toEqual([]);
    const losses = (from: readonly TrainEvent[]) =>
      from.flatMap((event) => (event.event === 'step' ? [event.loss] : []));
    expect(losses(resumed)).toEqual(losses(events).slice(stopped.steps));
  });

  it('ends with the error of a worker that fails again and again, and can be resumed', async () => {
    const runDir = join(folder, 'failed');
    const fault = { rank: 1, step: 7, at: 'update', kind: 'throw', times: 1000 } as const;
    await expect(runTraining(options({ runDir }), { fault })).rejects.toMatchObject({
      message: 'fault drill: worker 1 fails at "update" of step 7',
    });
    expect(await readdir(join(runDir, 'checkpoint'))).toEqual(['step-00000005', 'step-00000007']);
    const summary = await resumeTraining(runDir);
    expect(summary.weightsSha256).toBe(whole.weightsSha256);
  });

  it('leaves no folder behind if an option is wrong', async () => {
    const runDir = join(folder, 'wrong');
    await expect(runTraining(options({ runDir, model: 'no-such-model' }))).rejects.toThrow(
      'there is no model "no-such-model"; there are mlp, lenet5, ',
    );
    await expect(runTraining(options({ runDir, shards: 2, workers: 3 }))).rejects.toThrow('got 3 workers for 2 shards');
    await expect(runTraining(options({ runDir, limitTrain: 1000 }))).rejects.toMatchObject({ code: 'DATA_LIMIT' });
    expect(await readdir(folder)).not.toContain('wrong');
  });
});

describe('verifyWorkers', () => {
  it('gives one digest for every number of workers', async () => {
    const digests = new Set<string>();
    for await (const { workers: _, ...digested } of verifyWorkers(options({ batch: 27 }), [1, 2, 4], 7)) {
      digests.add(JSON.stringify(digested));
    }
    expect(digests.size).toBe(1);
  });
});

const steps = (count: number): string[] => new Array<string>(count).fill('step');
