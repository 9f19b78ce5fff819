import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MetricsFile } from './metrics-file.ts';

let runDir: string;
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'lockstep-metrics-'));
});
afterEach(() => rm(runDir, { recursive: true }));

const lines = (begin: number, end: number) => Array.from({ length: end - begin }, (_, i) => ({ step: begin + i }));
const text = (begin: number, end: number): string =>
  lines(begin, end)
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
const read = (): Promise<string> => readFile(join(runDir, 'metrics.jsonl'), 'utf8');

describe('MetricsFile', () => {
  it('has all lines on the disk once it has been flushed, in their order', async () => {
    const file = await MetricsFile.open(runDir);
    for (const line of lines(0, 3000)) file.write(line);
    await file.flush();
    expect(await read()).toBe(text(0, 3000));
    for (const line of lines(3000, 3005)) file.write(line);
    await file.close();
    await file.close();
    expect(await read()).toBe(text(0, 3005));
  });

  it('adds to what is there', async () => {
    for (const [begin, end] of [
      [0, 2],
      [2, 5],
    ] as const) {
      const file = await MetricsFile.open(runDir);
      for (const line of lines(begin, end)) file.write(line);
      await file.close();
    }
    expect(await read()).toBe(text(0, 5));
  });

  it('that cannot be opened says which', async () => {
    await expect(MetricsFile.open(join(runDir, 'nowhere'))).rejects.toMatchObject({
      code: 'TRAINER_RUN_FOLDER',
      message: expect.stringContaining('nowhere/metrics.jsonl: there is no folder '),
    });
  });

  it.runIf(process.platform === 'linux')('on a full disk tells so, and lets no later line pass', async () => {
    await symlink('/dev/full', join(runDir, 'metrics.jsonl'));
    const file = await MetricsFile.open(runDir);
    file.write({ step: 0 });
    const full = {
      code: 'TRAINER_RUN_FOLDER',
      message: expect.stringContaining('metrics.jsonl: ENOSPC: no space left'),
    };
    await expect(file.flush()).rejects.toMatchObject(full);
    expect(() => file.write({ step: 1 })).toThrow(expect.objectContaining(full));
    await expect(file.close()).rejects.toMatchObject(full);
  });
});
