import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateRun } from './evaluate-run.ts';
import type { TrainOptionsInput } from './options.ts';
import { Predictor } from './predictor.ts';
import { runTraining } from './run-training.ts';

const colours = { blue: '#2040e0', red: '#e03020' };
let folder: string;

/** Pictures of many shapes, half of each transparent. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-predictor-'));
  for (const split of ['train', 'test']) {
    for (const [name, background] of Object.entries(colours)) {
      await mkdir(join(folder, split, name), { recursive: true });
      for (let i = 0; i < 8; i++) {
        const [width, height] = [20 + 9 * i, 70 - 4 * i];
        const half = { create: { width: width >> 1, height, channels: 4, background } } as const;
        const picture = sharp({ create: { width, height, channels: 4, background: '#00000000' } });
        const png = await picture
          .composite([{ input: half, left: i, top: 0 }])
          .png()
          .toBuffer();
        await writeFile(join(folder, split, name, `${i}.png`), png);
      }
    }
  }
});
afterAll(() => rm(folder, { recursive: true }));

const cases: [string, TrainOptionsInput][] = [
  [
    'cropped after decoding, of bars of a colour',
    { size: 40, augment: 'cifar', fit: 'contain', background: [250, 90, 3] },
  ],
  ['grey, as they are, the middle', { size: 16, augment: 'none', color: 'grey', background: [200, 200, 200] }],
];

describe.each(cases)('pictures that are %s', (name, options) => {
  it('are looked at in a test, and one by one, as in training', async () => {
    const runDir = join(folder, 'runs', name.slice(0, 4));
    const trained = await runTraining({
      ...{ data: folder, runDir, batch: 8, epochs: 1, lr: 0.01, workers: 1, kernels: 'default' },
      ...options,
    });
    const { accuracy, loss, samples } = await evaluateRun(runDir, { workers: 1 });
    expect({ testAccuracy: accuracy, testLoss: loss }).toMatchObject({
      testAccuracy: trained.testAccuracy,
      testLoss: trained.testLoss,
    });
    const predictor = await Predictor.load(runDir);
    let sum = 0;
    for (const label of Object.keys(colours)) {
      for (const file of await readdir(join(folder, 'test', label))) {
        const { probabilities } = await predictor.predictFile(join(folder, 'test', label, file));
        sum -= Math.log(probabilities[label]!);
      }
    }
    expect(sum / samples).toBeCloseTo(loss, 5);
  });
});
