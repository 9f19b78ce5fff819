import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { events, type Finished, lockstep } from './testing/lockstep.ts';
import { makeTinyData, tinyPicture, tinySize } from './testing/tiny-data.ts';

let cwd: string;
let trained: Finished;
const quick = ['--kernels', 'default', '--batch', '32', '--lr', '0.05', '--augment', 'none', '--workers', '2'];
const run = (...argv: string[]): Promise<Finished> => lockstep(argv, { cwd });

beforeAll(async () => {
  cwd = await makeTinyData();
  trained = await run('train', '.', ...quick, '--epochs', '4', '--run-dir', 'run', '--json');
});
afterAll(() => rm(cwd, { recursive: true }));

const done = (finished: Finished): Record<string, unknown> => events(finished.stdout).at(-1)!;

describe('train', () => {
  test('--json prints start, an event an epoch, and the summary of the contract', () => {
    expect(trained).toMatchObject({ code: 0, stderr: '' });
    const lines = events(trained.stdout);
    expect(lines.map(({ event, epoch }) => [event, epoch])).toEqual([
      ['start', undefined],
      ['epoch', 1],
      ['epoch', 2],
      ['epoch', 3],
      ['epoch', 4],
      ['done', undefined],
    ]);
    expect(done(trained)).toMatchObject({
      testAccuracy: expect.any(Number),
      testLoss: expect.any(Number),
      imagesPerSecond: expect.any(Number),
      steps: 20,
      workers: 2,
      shards: expect.any(Number),
      kernels: 'default',
      weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      runDir: 'run',
    });
  });

  test('writes the run folder', async () => {
    expect((await readdir(join(cwd, 'run'))).sort()).toEqual([
      'checkpoint',
      'config.json',
      'metrics.jsonl',
      'model.safetensors',
      'report.html',
    ]);
  });

  test('takes options from a file, under those of the command line; the bits are those of the same flags', async () => {
    await writeFile(
      join(cwd, 'c.yaml'),
      'batch: 16\naugment: none\nlr: 0.05\nepochs: 4\nkernels: default\nworkers: 1\n',
    );
    const { stdout } = await run(
      'train',
      '--data',
      '.',
      '--config',
      'c.yaml',
      '--batch',
      '32',
      '--run-dir',
      'c',
      '--json',
    );
    expect(events(stdout).at(-1)).toMatchObject({ workers: 1, weightsSha256: done(trained).weightsSha256 });
    const config = JSON.parse(await readFile(join(cwd, 'c', 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config.options).toMatchObject({ batch: 32, epochs: 4, lr: 0.05, schedule: 'cosine' });
  });

  test('for a person: header, epochs, summary; a plain log where there is no terminal', async () => {
    const { code, stdout, stderr } = await run('train', '.', ...quick, '--epochs', '1', '--shards', '3');
    expect([code, stderr]).toEqual([0, '']);
    const folder = /^Made (runs\/[\d-]{10}-small-cnn-lockstep-cli-\S+)$/m.exec(stdout)?.[1];
    expect(await readdir(join(cwd, folder!))).toContain('report.html');
    expect(stdout).toMatch(/^ {2}workers {3}2, for 3 shards of a batch: at most 75 % of their speed/m);
    expect(stdout).toMatch(/^epoch 1\/1 {2}test \d+\.\d\d %, loss \d\.\d{4} {2}train /m);
    expect(stdout).toMatch(/\d+\.\d\d % test accuracy \(loss \d\.\d{4}\) after 1 epoch in \d s, [\d,]+ images\/s\n/);
    expect(stdout).toContain(`lockstep predict --run ${folder} PICTURE…`);
    expect(stripVTControlCharacters(stdout)).toBe(stdout);
    expect(stdout).not.toContain('\r');
    // It is the latest run in runs/, and over.
    const resumed = await run('train', '--resume', '--workers', '1', '--json');
    expect(events(resumed.stdout).at(-1)).toMatchObject({ event: 'done', runDir: folder, workers: 1, epochs: 1 });
    expect(stdout).toContain(`weights ${done(resumed).weightsSha256}`);
  });
});

test('--patience ends it early, and says so', async () => {
  // Steps too long to learn anything by.
  const flags = '--kernels default --batch 32 --augment none --epochs 30 --patience 1 --lr 2 --run-dir patience';
  const argv = ['train', '.', ...flags.split(' ')];
  const { code, stdout, stderr } = await run(...argv);
  expect([code, stderr]).toEqual([0, '']);
  const [, best] = /^Stopped early: no epoch was better than epoch (\d+), with \d+\.\d\d %$/m.exec(stdout)!;
  expect(stdout).toContain(` after ${Number(best) + 1} epochs in `);
  const resumed = done(await run('train', '--resume', 'patience', '--json'));
  expect(resumed).toMatchObject({ event: 'done', stoppedEarly: true, bestEpoch: Number(best) });
});

test('eval gives the figures that training ended with', async () => {
  const { testAccuracy, testLoss } = done(trained);
  for (const workers of ['1', '3']) {
    const evaluated = await run('eval', '--run', 'run', '--workers', workers, '--json');
    expect(evaluated).toMatchObject({ code: 0, stderr: '' });
    expect(events(evaluated.stdout)).toEqual([{ event: 'done', testAccuracy, testLoss, samples: 41, runDir: 'run' }]);
  }
  const strict = done(await run('eval', '--run', 'run', '--strict', '--json'));
  expect(strict.testLoss).not.toBe(testLoss);
  expect(strict.testLoss).toBeCloseTo(Number(testLoss), 4);
  const { stdout } = await run('eval', '--run', 'run', '--data', '.', '--limit-test', '20');
  expect(stdout).toMatch(/^\d+\.\d\d % test accuracy \(loss \d\.\d{4}\)\n\d+ of 20 pictures right\n$/);
});

test('--validation judges epochs by a share of the training set; eval finds it again', async () => {
  const argv = ['train', '.', ...quick, '--epochs', '2', '--validation', '0.2', '--run-dir', 'validated', '--json'];
  const { code, stdout, stderr } = await run(...argv);
  expect([code, stderr]).toEqual([0, '']);
  const lines = events(stdout);
  expect(lines.map(({ event }) => event)).toEqual(['start', 'epoch', 'epoch', 'test', 'done']);
  expect(lines[0]).toMatchObject({ trainSamples: 120, validationSamples: 30, testSamples: 41 });
  const { validationAccuracy, validationLoss, testAccuracy, testLoss } = lines.at(-1)!;
  expect(lines[2]).toMatchObject({ validationAccuracy, validationLoss });
  const [tested, again] = await Promise.all([
    run('eval', '--run', 'validated', '--json'),
    run('eval', '--run', 'validated', '--split', 'validation', '--json'),
  ]);
  expect(done(tested)).toMatchObject({ testAccuracy, testLoss, samples: 41 });
  expect(done(again)).toEqual({ event: 'done', validationAccuracy, validationLoss, samples: 30, runDir: 'validated' });
});

describe('predict', () => {
  beforeAll(async () => {
    for (const label of [0, 1, 2]) {
      const raw = { width: tinySize, height: tinySize, channels: 1 } as const;
      await sharp(tinyPicture(label, 1000), { raw })
        .png()
        .toFile(join(cwd, `${label}.png`));
    }
    await writeFile(join(cwd, 'broken.png'), 'no picture');
  });

  test('says what it sees, one object a file', async () => {
    const predicted = await run('predict', '--run', 'run', '0.png', '1.png', '2.png', '--json');
    expect(predicted).toMatchObject({ code: 0, stderr: '' });
    const lines = events(predicted.stdout);
    expect(lines.map((line) => line.class ?? line)).toEqual(['0', '1', '2', { event: 'done', files: 3, failed: 0 }]);
    const { event, file, probability, probabilities } = lines[1]!;
    expect({ event, file }).toEqual({ event: 'prediction', file: '1.png' });
    expect(Object.keys(probabilities as object)).toEqual(['0', '1', '2']);
    expect((probabilities as Record<string, number>)['1']).toBe(probability);
    expect((await run('predict', '--run', 'run', '1.png')).stdout).toMatch(/^1\.png {2}1 {2}\d+\.\d %/);
  });

  test('a file that cannot be read is named, the others are classified, and the exit code is 1', async () => {
    const argv = ['predict', '--run', 'run', 'broken.png', '0.png', 'missing.png'];
    const [text, json] = await Promise.all([run(...argv), run(...argv, '--json')]);
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^0\.png +0 /);
    expect(text.stderr.split('\n')).toEqual([
      expect.stringMatching(/^error: broken\.png: expected a picture/),
      expect.stringMatching(/^error: missing\.png: expected a file, there is none/),
      '',
    ]);
    expect(json.code).toBe(1);
    expect(events(json.stdout)).toMatchObject([{ file: '0.png' }, { event: 'done', files: 3, failed: 2 }]);
    expect(events(json.stderr)).toMatchObject([{ level: 'error', code: 'DATA_DECODE' }, { code: 'DATA_NOT_FOUND' }]);
  });
});

describe('export', () => {
  test('safetensors: the weights as they are', async () => {
    const { code, stdout } = await run('export', '--run', 'run', '--format', 'safetensors', '--out', 'w.safetensors');
    expect([code, stdout]).toEqual([0, 'Made w.safetensors, 1 MiB\n']);
    expect(await readFile(join(cwd, 'w.safetensors'))).toEqual(await readFile(join(cwd, 'run', 'model.safetensors')));
  });

  test('ONNX: with the classes and the normalisation, and batch norms folded', async () => {
    const argv = ['export', '--run', 'run', '--out', 'net.onnx', '--pictures'];
    const plain = await run(...argv, '--json');
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    const file = await readFile(join(cwd, 'net.onnx'));
    expect(events(plain.stdout)).toEqual([
      { event: 'done', file: 'net.onnx', format: 'onnx', bytes: file.length, runDir: 'run' },
    ]);
    for (const text of ['["0","1","2"]', '{"mean":[', 'BatchNormalization']) expect(file.includes(text)).toBe(true);
    expect((await run(...argv, '--fold-batch-norm')).code).toBe(0);
    expect((await readFile(join(cwd, 'net.onnx'))).includes('BatchNormalization')).toBe(false);
  });

  test('says what does not go together, and what cannot be written', async () => {
    const usage = await run('export', '--run', 'run', '--out', 'x', '--format', 'safetensors', '--pictures');
    expect([usage.code, usage.stderr]).toEqual([2, expect.stringContaining('are for --format onnx, got safetensors')]);
    const lost = await run('export', '--run', 'run', '--out', 'no/such/folder/net.onnx');
    expect([lost.code, lost.stderr]).toEqual([
      1,
      expect.stringContaining(
        'could not write no/such/folder/net.onnx: there is no folder no/such/folder; make it, or',
      ),
    ]);
    expect(lost.stderr).toContain('choose another --out');
  });
});

test('verify: one hash for all numbers of workers, with a batch that the shards do not divide', async () => {
  const argv = [
    'verify',
    '.',
    '--workers',
    '1,2,3',
    '--steps',
    '6',
    '--batch',
    '13',
    '--shards',
    '4',
    '--kernels',
    'default',
  ];
  const verified = await run(...argv, '--json');
  expect(verified).toMatchObject({ code: 0, stderr: '' });
  const lines = events(verified.stdout);
  expect(lines.map(({ event, workers }) => [event, workers])).toEqual([
    ['result', 1],
    ['result', 2],
    ['result', 3],
    ['done', [1, 2, 3]],
  ]);
  const { weightsSha256 } = lines[0]!;
  expect(lines[3]).toEqual({ event: 'done', same: true, workers: [1, 2, 3], steps: 6, weightsSha256 });
  const { stdout } = await run(...argv);
  expect(stdout.split('\n').filter((line) => line.includes(String(weightsSha256)))).toHaveLength(3);
  expect(stdout).toMatch(/same bits\n$/);

  const strict = events((await run(...argv.slice(0, -2), '--strict', '--json')).stdout);
  expect(strict.at(-1)).toMatchObject({ event: 'done', same: true, steps: 6 });
  expect(strict.at(-1)!.weightsSha256).not.toBe(weightsSha256);
});
