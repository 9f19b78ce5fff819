import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { events, lockstep, startLockstep } from './testing/lockstep.ts';
import { makeTinyData } from './testing/tiny-data.ts';
import { untilFile, untilSaid } from './testing/until.ts';

let cwd: string;
/** Steps of an epoch: many small ones, so that there is time to be interrupted in the middle. */
const epochSteps = 750;
const argv = (runDir: string): string[] => [
  ...[
    'train',
    '.',
    '--batch',
    '4',
    '--epochs',
    '2',
    '--kernels',
    'default',
    '--lr',
    '0.01',
    '--run-dir',
    runDir,
    '--json',
  ],
];

beforeAll(async () => {
  cwd = await makeTinyData(epochSteps * 4);
});
afterAll(() => rm(cwd, { recursive: true }));

/** Starts a run, and sends it a signal when it has taken so many steps. */
async function interrupt(runDir: string, steps: number, signal: NodeJS.Signals) {
  const { process: child, finished } = startLockstep(argv(runDir), { cwd });
  const ended = new AbortController();
  const over = finished.finally(() => ended.abort());
  await untilSaid(child.stdout!, (text) => text.includes('\n'));
  const lines = (text: string): number => text.split('"event":"step"').length - 1;
  await untilFile(join(cwd, runDir, 'metrics.jsonl'), (text) => lines(text) >= steps, ended.signal);
  child.kill(signal);
  return await over;
}

test('interrupted in the middle of an epoch, a run goes on to the same bits, with another number of workers', async () => {
  const whole = await lockstep(argv('whole'), { cwd });
  const { weightsSha256 } = events(whole.stdout).at(-1)!;

  const stopped = await interrupt('cut', epochSteps + 50, 'SIGINT');
  expect(stopped.code).toBe(130);
  expect(events(stopped.stderr)).toMatchObject([
    { level: 'info', msg: 'stopping after this step; once more stops at once' },
  ]);
  const last = events(stopped.stdout).at(-1)!;
  expect(last).toMatchObject({ event: 'interrupted', signal: 'SIGINT', runDir: 'cut', epochs: 1 });
  expect(last.steps).toBeGreaterThan(epochSteps);
  expect(last.steps).toBeLessThan(2 * epochSteps);

  await cp(join(cwd, 'cut'), join(cwd, 'copy'), { recursive: true });
  const resumed = await lockstep(['train', '--resume', 'cut', '--workers', '1', '--json'], { cwd });
  expect(resumed).toMatchObject({ code: 0, stderr: '' });
  expect(events(resumed.stdout)[0]).toMatchObject({ event: 'start', step: last.steps, workers: 1 });
  expect(events(resumed.stdout).at(-1)).toMatchObject({ event: 'done', weightsSha256, steps: 2 * epochSteps });

  const metrics = async (run: string) =>
    (await readFile(join(cwd, run, 'metrics.jsonl'), 'utf8')).split('\n').filter(Boolean).map(lossOf);
  expect(await metrics('cut')).toEqual(await metrics('whole'));

  const text = await lockstep(['train', '--resume', 'copy', '--workers', '2'], { cwd });
  expect(text.stdout).toContain(`goes on   after step ${Number(last.steps).toLocaleString('en')} of 1,500`);
  expect(text.stdout).toContain(String(weightsSha256));
});

/** What must be the same in both runs of a line of metrics: all but times. */
function lossOf(line: string): unknown {
  const { event, step, loss, correct, testLoss } = JSON.parse(line) as Record<string, unknown>;
  return { event, step, loss, correct, testLoss };
}

test('SIGTERM likewise, before the first epoch has ended', async () => {
  const stopped = await interrupt('term', 1, 'SIGTERM');
  expect(stopped.code).toBe(143);
  expect(events(stopped.stdout).at(-1)).toMatchObject({ event: 'interrupted', signal: 'SIGTERM', testAccuracy: null });
  const resumed = await lockstep(['train', '--resume', 'term', '--json'], { cwd });
  expect(events(resumed.stdout).at(-1)).toMatchObject({ event: 'done', steps: 2 * epochSteps });
});

test('a second signal ends it at once, also while a worker hangs', async () => {
  const { process: child, finished } = startLockstep(argv('hung'), {
    cwd,
    environment: { LOCKSTEP_FAULT: '{"rank":0,"step":3,"kind":"hang"}' },
  });
  await untilSaid(child.stdout!, (text) => text.includes('\n'));
  child.kill('SIGINT');
  await untilSaid(child.stderr!, (text) => text.includes('stopping after this step'));
  child.kill('SIGINT');
  const { code, stdout } = await finished;
  expect(code).toBe(130);
  expect(events(stdout).at(-1)).toEqual({ event: 'interrupted', signal: 'SIGINT' });
});

test('what cannot be stopped in order ends at the first signal', async () => {
  const { process: child, finished } = startLockstep(
    ['verify', '.', '--workers', '1,2,3', '--batch', '4', '--shards', '4', '--steps', '700', '--json'],
    {
      cwd,
    },
  );
  await untilSaid(child.stdout!, (text) => text.includes('\n'));
  child.kill('SIGINT');
  const { code, stdout } = await finished;
  expect(code).toBe(130);
  expect(events(stdout).at(-1)).toEqual({ event: 'interrupted', signal: 'SIGINT' });
});

test('when nobody reads any more, it stops without a word', async () => {
  const { process: child, finished } = startLockstep(argv('unread'), { cwd });
  child.stdout!.once('data', () => child.stdout!.destroy());
  expect(await finished).toMatchObject({ code: 141, stderr: '' });
});
