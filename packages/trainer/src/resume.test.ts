import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLastCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { TrainOptionsInput } from './options.ts';
import { latestRunFolder } from './run-folder.ts';
import type { TrainEvent, TrainSummary } from './run-metrics.ts';
import { resumeTraining, runTraining } from './run-training.ts';
import { makeTinyFolder } from './testing/tiny-folder.ts';

let folder: string;
let whole: TrainSummary;

const options = (changes: TrainOptionsInput): TrainOptionsInput => ({
  data: folder,
  batch: 32, // five steps an epoch
  epochs: 2,
  lr: 0.02,
  workers: 2,
  kernels: 'default',
  ...changes,
});
const checkpointsOf = (runDir: string): Promise<string[]> => readdir(join(runDir, 'checkpoint'));
const never = () => expect.unreachable('no checkpoint is damaged');

const noTimes = { seconds: 0, imagesPerSecond: 0, dataWait: 0, dataLoad: 0 };

/** What must be the same in two runs: all but times, and where they are. */
async function essence({ runDir, workers: _, ...rest }: TrainSummary) {
  const text = await readFile(join(runDir, 'metrics.jsonl'), 'utf8');
  const lines = text.trimEnd().split('\n');
  return { ...rest, ...noTimes, lines: lines.map((line) => ({ ...JSON.parse(line), ...noTimes })) };
}

/** Trains until `stop` says so. */
async function brokenOff(changes: TrainOptionsInput, stop: (event: TrainEvent) => boolean): Promise<TrainSummary> {
  const controller = new AbortController();
  const onEvent = (event: TrainEvent) => {
    if (stop(event)) controller.abort();
  };
  return await runTraining(options(changes), { signal: controller.signal, onEvent });
}

/** A copy of the whole run, to be damaged. */
async function copyOfWhole(name: string): Promise<string> {
  const runDir = join(folder, name);
  await cp(whole.runDir, runDir, { recursive: true });
  return runDir;
}

async function resume(runDir: string) {
  const warnings: string[] = [];
  const summary = await resumeTraining(runDir, {
    workers: 1,
    onEvent: (event) => event.event === 'warning' && warnings.push(event.message),
  });
  return { summary, warnings };
}

beforeAll(async () => {
  folder = await makeTinyFolder();
  whole = await runTraining(options({ runDir: join(folder, 'whole') }));
});
afterAll(() => rm(folder, { recursive: true }));

describe('checkpoints of a run', () => {
  it('are written in the middle of an epoch too, and change no bit', async () => {
    const runDir = join(folder, 'often');
    const often = await runTraining(options({ runDir, checkpointSeconds: 0, keepCheckpoints: 100 }));
    const names = await checkpointsOf(runDir);
    expect(names).toEqual(expect.arrayContaining(['step-00000001', 'step-00000005', 'step-00000010']));
    expect(await essence(often)).toEqual(await essence(whole));
    // From each of them the run goes on to the same end, epoch averages included.
    for (const [i, name] of names.toReversed().entries()) {
      if (name !== 'step-00000001' && i % 3 !== 0) continue;
      const copy = join(folder, `from-${name}`);
      await cp(runDir, copy, { recursive: true });
      for (const later of names.slice(names.indexOf(name) + 1)) {
        await rm(join(copy, 'checkpoint', later), { recursive: true });
      }
      const { summary, warnings } = await resume(copy);
      expect(await essence(summary)).toEqual(await essence(whole));
      expect(warnings).toEqual([]);
    }
  });

  it('that are damaged are reported, and the one before is used', async () => {
    const runDir = await copyOfWhole('damaged');
    await writeFile(join(runDir, 'checkpoint/step-00000010/model.safetensors'), 'short');
    const { summary, warnings } = await resume(runDir);
    expect(warnings).toEqual([
      `the checkpoint ${join(runDir, 'checkpoint/step-00000010')} cannot be used: model.safetensors does not have the digest that was written with it; the checkpoint before it is used`,
    ]);
    expect(await essence(summary)).toEqual(await essence(whole));
  });

  it('are not needed to go on with a run that had none yet', async () => {
    const runDir = await copyOfWhole('none');
    await rm(join(runDir, 'checkpoint'), { recursive: true });
    const { summary, warnings } = await resume(runDir);
    expect(warnings).toEqual(['the run ended before its first checkpoint: it begins anew']);
    expect(await essence(summary)).toEqual(await essence(whole));
  });

  it('have all figures of the steps before one that fails again and again', async () => {
    const runDir = join(folder, 'failed');
    const fault = { rank: 1, step: 8, at: 'update', kind: 'throw', times: 1000 } as const;
    await expect(runTraining(options({ runDir }), { fault })).rejects.toThrow('fault drill');
    const { summary, warnings } = await resume(runDir);
    expect(warnings).toEqual([]);
    expect(await essence(summary)).toEqual(await essence(whole));
  });

  it('know of an evaluation that is still to be made', async () => {
    const runDir = await copyOfWhole('due');
    const last = (await readLastCheckpoint(join(runDir, 'checkpoint'), never))!;
    const { progress } = (await readLastCheckpoint(join(folder, 'from-step-00000001', 'checkpoint'), never))!;
    expect(last.progress).toEqual(progress);
    await writeCheckpoint(join(runDir, 'checkpoint'), { ...last, progress: { epochs: 1, best: null } });
    const { summary } = await resume(runDir);
    expect(summary).toMatchObject({ epochs: 2, testLoss: whole.testLoss, weightsSha256: whole.weightsSha256 });
  });
});

describe('patience', () => {
  const impatient = { epochs: 40, lr: 0.5, patience: 2, momentum: 0, checkpointSeconds: 0, keepCheckpoints: 1 };
  let stopped: TrainSummary;
  beforeAll(async () => {
    stopped = await runTraining(options({ ...impatient, runDir: join(folder, 'impatient') }));
  });

  it('ends the run so many epochs after the best, whose checkpoint is kept', async () => {
    expect(stopped).toMatchObject({ stoppedEarly: true, epochs: stopped.bestEpoch! + 2 });
    expect(stopped.epochs).toBeLessThan(40);
    const names = [stopped.bestEpoch!, stopped.epochs].map((epoch) => `step-${String(5 * epoch).padStart(8, '0')}`);
    expect(await checkpointsOf(stopped.runDir)).toEqual(names);
    const { progress } = (await readLastCheckpoint(join(stopped.runDir, 'checkpoint'), never))!;
    expect(progress).toMatchObject({
      epochs: stopped.epochs,
      best: { epoch: stopped.bestEpoch, testAccuracy: stopped.bestTestAccuracy },
    });
  });

  it('lasts as long where the run is broken off between the best epoch and its end', async () => {
    const runDir = join(folder, 'impatient-too');
    const middle = stopped.bestEpoch! * 5 + 1;
    const first = await brokenOff({ ...impatient, runDir }, (event) => event.event === 'step' && event.step === middle);
    expect(first.stoppedEarly).toBe(false);
    expect(first.steps).toBeLessThan(stopped.steps);
    const { summary } = await resume(runDir);
    expect(await essence(summary)).toEqual(await essence(stopped));
    const again = await resume(runDir);
    expect(await essence(again.summary)).toEqual(await essence(stopped));
  });
});

it('metrics that somebody has removed are missed, and no bit depends on them', async () => {
  const runDir = join(folder, 'no-metrics');
  await brokenOff({ runDir }, (event) => event.event === 'epoch');
  await rm(join(runDir, 'metrics.jsonl'));
  const { summary, warnings } = await resume(runDir);
  expect(warnings).toEqual(['metrics.jsonl lacks steps: the curves do, too; no bit depends on it']);
  expect(summary).toMatchObject({ weightsSha256: whole.weightsSha256, testLoss: whole.testLoss });
});

it('a configuration of another version says so', async () => {
  const runDir = await copyOfWhole('version');
  await writeFile(join(runDir, 'config.json'), '{"version":7,"recipe":1}');
  await expect(resumeTraining(runDir)).rejects.toThrow(
    'config.json has version 7, and this Lockstep reads version 1: use the',
  );
});

it('the latest run is the one that was written to last', async () => {
  const root = join(folder, 'runs');
  await expect(latestRunFolder(root)).rejects.toThrow(`there is no run in ${root} to go on with: name its folder`);
  for (const name of ['a', 'c', 'b']) await runTraining(options({ epochs: 1, runDir: join(root, name) }));
  await cp(join(root, 'a', 'model.safetensors'), join(root, 'd', 'model.safetensors')); // no run
  expect(await latestRunFolder(root)).toBe(join(root, 'b'));
  await brokenOff({ epochs: 1, runDir: join(root, 'e') }, ({ event }) => event === 'start');
  expect(await latestRunFolder(root)).toBe(join(root, 'e'));
  await rm(join(root, 'e', 'config.json'));
  expect(await latestRunFolder(root)).toBe(join(root, 'b'));
});
