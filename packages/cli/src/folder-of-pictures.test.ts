import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { events, type Finished, lockstep } from './testing/lockstep.ts';

const colours = { blue: '#2040e0', green: '#20c030', red: '#e03020' };

let cwd: string;
let one: Finished;
let two: Finished;
const run = (...argv: string[]): Promise<Finished> => lockstep(argv, { cwd });
const training = ['--size', '16', '--batch', '8', '--epochs', '2', '--lr', '0.02', '--augment', 'none', '--kernels', 'default', '--json']; // biome-ignore format: one line
const done = (finished: Finished): Record<string, unknown> => events(finished.stdout).at(-1)!;

/** A JPEG of one colour with a lighter stripe, of a size and shape of its own. */
const photo = (colour: string, i: number): Promise<Buffer> =>
  sharp({ create: { width: 24 + 3 * i, height: 40 - i, channels: 3, background: colour } })
    .composite([
      {
        input: { create: { width: 4 + i, height: 10, channels: 3, background: '#c0c0c0' } },
        left: i,
        top: 2 * (i % 5),
      },
    ])
    .jpeg()
    .toBuffer();

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'lockstep-photos-'));
  for (const [name, colour] of Object.entries(colours)) {
    await mkdir(join(cwd, 'photos', name), { recursive: true });
    for (let i = 0; i < 20; i++) await writeFile(join(cwd, 'photos', name, `${i}.jpg`), await photo(colour, i));
  }
  one = await run('train', './photos', ...training, '--workers', '1', '--run-dir', 'one');
  two = await run('train', './photos', ...training, '--workers', '2', '--run-dir', 'two');
});
afterAll(() => rm(cwd, { recursive: true }));

test('trains, with the same weights for one and two workers', () => {
  expect([one.code, one.stderr, two.code, two.stderr]).toEqual([0, '', 0, '']);
  expect(events(one.stdout)[0]).toMatchObject({ event: 'start', trainSamples: 48, testSamples: 12, steps: 12 });
  expect(done(one)).toMatchObject({ testAccuracy: 1, weightsSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(done(two)).toMatchObject({ weightsSha256: done(one).weightsSha256, workers: 2 });
});

test('decodes pictures when they are needed above the memory limit: the same weights', async () => {
  const limited = await run('train', './photos', ...training, '--memory-limit', '30KiB', '--run-dir', 'limited');
  expect([limited.code, limited.stderr]).toEqual([0, '']);
  expect(events(limited.stdout)[0]).toMatchObject({ event: 'start', trainSamples: 48, streamedSamples: 48 });
  expect(done(limited)).toMatchObject({ weightsSha256: done(one).weightsSha256, dataWait: expect.any(Number) });
});

test('a class with one picture is not validated, and a single class is nothing to learn', async () => {
  const few = join(cwd, 'few');
  for (const [name, count] of [
    ['blue', 1],
    ['red', 6],
  ] as const) {
    await mkdir(join(few, name), { recursive: true });
    for (let i = 0; i < count; i++) await cp(join(cwd, 'photos', name, `${i}.jpg`), join(few, name, `${i}.jpg`));
  }
  const alone = await run('train', './few', ...training, '--validation', '0.2', '--run-dir', 'alone');
  const warning = expect.stringMatching(/few: 1 of 2 classes have no picture to validate with, .* to train on: blue$/);
  expect([alone.code, events(alone.stderr)]).toEqual([0, [expect.objectContaining({ level: 'warn', msg: warning })]]);
  const again = await run('eval', '--run', 'alone', '--split', 'validation', '--json');
  expect([again.code, events(again.stderr)]).toEqual([0, [expect.objectContaining({ level: 'warn', msg: warning })]]);
  await rm(join(few, 'blue'), { recursive: true });
  const single = await run('train', './few', ...training);
  expect([single.code, single.stderr]).toEqual([2, expect.stringContaining('two classes at least, to be told apart; few has one, red: put')]); // biome-ignore format: one line
});

test('keeps with the run what a new picture is treated by', async () => {
  const config = JSON.parse(await readFile(join(cwd, 'one/config.json'), 'utf8'));
  expect(config).toMatchObject({
    classes: ['blue', 'green', 'red'],
    pictures: { fit: 'cover', background: [0, 0, 0] },
    recipe: { normalisation: { mean: [expect.any(Number), expect.any(Number), expect.any(Number)] } },
  });
});

test('predicts a file', async () => {
  for (const [name, colour] of Object.entries(colours))
    await writeFile(join(cwd, `${name}.jpg`), await photo(colour, 12));
  const { code, stdout } = await run('predict', '--run', 'one', 'red.jpg', 'green.jpg', 'blue.jpg', '--json');
  expect(code).toBe(0);
  expect(events(stdout).map((event) => event.class)).toEqual(['red', 'green', 'blue', undefined]);
});

test('a balanced sampler: other weights, the same for any number of workers', async () => {
  const argv = ['verify', 'photos', '--size', '16', '--batch', '8', '--steps', '7', '--workers', '1,2', '--kernels', 'default', '--json']; // biome-ignore format: one line
  const [shuffled, balanced] = await Promise.all([run(...argv), run(...argv, '--sampler', 'balanced')]);
  expect(done(balanced)).toMatchObject({ event: 'done', same: true });
  expect(done(balanced).weightsSha256).not.toBe(done(shuffled).weightsSha256);
});

describe('eval', () => {
  test('of the run: the figures that training ended with', async () => {
    const { testAccuracy, testLoss } = done(one);
    const evaluated = await run('eval', '--run', 'one', '--json');
    expect(done(evaluated)).toMatchObject({ event: 'done', testAccuracy, testLoss, samples: 12 });
  });

  test('of another folder: classes by their names, and one that was not learnt is refused', async () => {
    await cp(join(cwd, 'photos/red'), join(cwd, 'others/red'), { recursive: true });
    await cp(join(cwd, 'photos/green'), join(cwd, 'others/green'), { recursive: true });
    expect(done(await run('eval', '--run', 'one', '--data', 'others', '--json'))).toMatchObject({ testAccuracy: 1 });
    await cp(join(cwd, 'photos/red'), join(cwd, 'others/pink'), { recursive: true });
    const refused = await run('eval', '--run', 'one', '--data', 'others');
    expect(refused).toMatchObject({
      code: 2,
      stderr: 'error: the network of one knows the classes blue, green, red, but others has pink\n',
    });
  });
});

test('broken pictures end the run before anything is written, or are skipped with a warning', async () => {
  await cp(join(cwd, 'photos'), join(cwd, 'damaged'), { recursive: true });
  await writeFile(join(cwd, 'damaged/red/0.jpg'), 'no picture');
  const argv = ['train', 'damaged', ...training, '--run-dir', 'damaged-run'];
  const refused = await run(...argv);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(events(refused.stderr)).toMatchObject([
    { code: 'DATA_DECODE', msg: expect.stringContaining('damaged/red/0.jpg: expected a picture') },
  ]);
  expect(await readdir(cwd)).not.toContain('damaged-run');
  const skipped = await run(...argv, '--on-broken', 'skip', '--limit-test', '6');
  expect(skipped.code).toBe(0);
  expect(events(skipped.stderr)).toMatchObject([
    { level: 'warn', msg: expect.stringMatching(/1 of \d+ pictures cannot be decoded, and are left out/) },
  ]);
});
