import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { events, type Finished, lockstep, startLockstep } from './testing/lockstep.ts';
import { makeTinyData } from './testing/tiny-data.ts';
import { untilSaid } from './testing/until.ts';

let cwd: string;
let whole: Finished;
/** How long the whole run took, in milliseconds: until its first word, and from then on. */
let wholeMs: { readonly start: number; readonly rest: number };
/** Clipping has a meeting of its own; checkpoints are written as often as can be. */
const recipe = ['--batch', '32', '--epochs', '8', '--clip-norm', '1', '--kernels', 'default', '--lr', '0.02'];
const train = (runDir: string): string[] => [
  ...['train', '.', ...recipe, '--checkpoint-seconds', '0', '--run-dir', runDir, '--json'],
];
/** The command that goes on with a run; if it did not come so far that there is one, the one that begins it. */
async function goOn(runDir: string, workers: number): Promise<string[]> {
  const begun = (await readdir(join(cwd, runDir)).catch((): string[] => [])).includes('config.json');
  const command = begun ? ['train', '--resume', runDir, '--json'] : train(runDir);
  return [...command, '--workers', String(workers)];
}

beforeAll(async () => {
  cwd = await makeTinyData(); // five steps an epoch
  const begin = performance.now();
  const { process: child, finished } = startLockstep(train('whole'), { cwd });
  await untilSaid(child.stdout!, (text) => text.includes('\n'));
  const started = performance.now();
  whole = await finished;
  wholeMs = { start: started - begin, rest: performance.now() - started };
}, 60_000);
afterAll(() => rm(cwd, { recursive: true }));

/** Ends the run, and compares it with the one that was never killed: the summary, all metrics, what is left in the folder. */
async function expectTheSameEnd(runDir: string): Promise<void> {
  const { code, stdout, stderr } = await lockstep(await goOn(runDir, 2), { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { testLoss, weightsSha256 } = events(whole.stdout).at(-1)!;
  expect(events(stdout).at(-1)).toMatchObject({ event: 'done', steps: 40, epochs: 8, testLoss, weightsSha256 });
  expect(await metrics(runDir)).toEqual(await metrics('whole'));
  const files = await readdir(join(cwd, runDir));
  expect(files.sort()).toEqual(['checkpoint', 'config.json', 'metrics.jsonl', 'model.safetensors', 'report.html']);
  for (const name of await readdir(join(cwd, runDir, 'checkpoint'))) expect(name).toMatch(/^step-\d{8}$/);
}

const noTimes = { seconds: 0, imagesPerSecond: 0, dataWait: 0, dataLoad: 0 };

/** All metrics but times. */
async function metrics(runDir: string): Promise<unknown[]> {
  const lines = (await readFile(join(cwd, runDir, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => ({ ...JSON.parse(line), ...noTimes }));
}

test('SIGKILL at every named instant of one run, which goes on each time with another number of workers', {
  timeout: 240_000,
}, async () => {
  const instants = [
    { step: 0, at: 'batch' }, // before there is a checkpoint
    { step: 1, at: 'write' },
    { step: 1, at: 'half' },
    { step: 2, at: 'gradients' },
    { step: 2, at: 'rename' },
    { step: 3, at: 'norms' },
    { step: 3, at: 'steps' },
    { step: 4, at: 'update' },
    { step: 4, at: 'commit' },
    { step: 5, at: 'epoch' },
    { step: 5, at: 'model' },
    { step: 10, at: 'half' },
    { step: 10, at: 'prune' },
    { step: 15, at: 'saved' },
    { step: 40, at: 'saved' }, // the report is still to be written
  ];
  for (const [i, instant] of instants.entries()) {
    const environment = { LOCKSTEP_FAULT: JSON.stringify({ ...instant, kind: 'kill' }) };
    const { code, stderr } = await lockstep(await goOn('named', 1 + (i % 3)), { cwd, environment });
    expect({ ...instant, code, unexpected: stderr.replace(/^.*begins anew.*\n/, '') }).toEqual({
      ...instant,
      code: null,
      unexpected: '',
    });
  }
  await expectTheSameEnd('named');
});

test('SIGKILL fifty times at any instant of one run, which goes on each time', { timeout: 240_000 }, async () => {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < 50; i++) {
    // At this step at the latest, so that the run is not over before.
    const environment = { LOCKSTEP_FAULT: JSON.stringify({ step: Math.ceil(0.75 * i), at: 'steps', kind: 'kill' }) };
    const { process: child, finished } = startLockstep(await goOn('fifty', 1 + (i % 4)), { cwd, environment });
    const duringStart = i % 5 === 0;
    if (!duringStart) await untilSaid(child.stdout!, (text) => text.includes('\n'));
    const timer = setTimeout(() => child.kill('SIGKILL'), random() * (duringStart ? wholeMs.start : wholeMs.rest / 2));
    const { code } = await finished;
    clearTimeout(timer);
    expect(code).toBeNull();
  }
  await expectTheSameEnd('fifty');
});
