import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { events, type Finished, lockstep } from './testing/lockstep.ts';
import { makeTinyData } from './testing/tiny-data.ts';

let cwd: string;
let weightsSha256: unknown;
const train = (runDir: string, fault: object | undefined, ...more: string[]): Promise<Finished> =>
  lockstep(
    [
      'train',
      '.',
      '--epochs',
      '2',
      '--batch',
      '32',
      '--workers',
      '2',
      '--kernels',
      'default',
      '--run-dir',
      runDir,
      ...more,
    ],
    { cwd, environment: fault ? { LOCKSTEP_FAULT: JSON.stringify(fault) } : {} },
  );

beforeAll(async () => {
  cwd = await makeTinyData();
  weightsSha256 = events((await train('whole', undefined, '--json')).stdout).at(-1)!.weightsSha256;
});
afterAll(() => rm(cwd, { recursive: true }));

test.each(['throw', 'exit'])('a worker that fails once (%s) is replaced, and the bits are the same', async (kind) => {
  const { code, stdout, stderr } = await train(`once-${kind}`, { rank: 1, step: 7, kind }, '--json');
  expect(code).toBe(0);
  expect(events(stdout).at(-1)).toMatchObject({ event: 'done', weightsSha256 });
  expect(events(stderr)).toMatchObject([
    { level: 'warn', msg: expect.stringMatching(/^worker 1 failed at step 7 \(/) },
  ]);
});

test.each([
  ['throw', 'error: worker 1: fault drill: worker 1 fails at "update" of step 7'],
  ['exit', "called process.exit(1) in 'train'"],
])('one that always fails (%s) ends the run with its own message; what was trained is kept', async (kind, message) => {
  const runDir = `always-${kind}`;
  const { code, stderr } = await train(runDir, { rank: 1, step: 7, at: 'update', kind, times: 1000 });
  expect(code).toBe(1);
  const lines = stderr.trim().split('\n');
  expect(lines.at(-1)).toContain(message);
  expect(lines.at(-2)).toBe(`what was trained before the failure is kept: lockstep train --resume ${runDir}`);
  expect(stderr).not.toMatch(/^\s+at /m);
  const resumed = await lockstep(['train', '--resume', runDir, '--json'], { cwd });
  expect(events(resumed.stdout).at(-1)).toMatchObject({ event: 'done', weightsSha256 });
});

test("--debug shows the worker's own stack", async () => {
  const { stderr } = await train('debug', { rank: 0, step: 2, times: 1000 }, '--debug');
  expect(stderr).toMatch(/TrainerError\]?: fault drill: .*\n +at faultPoint .*faults\.ts:\d+:\d+\)\n +at trainStep /);
});
