import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { events, lockstep } from './testing/lockstep.ts';
import { makeTinyData } from './testing/tiny-data.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await makeTinyData();
});
afterAll(() => rm(cwd, { recursive: true }));

test('a truncated data file: which, how long it should be, and nothing is written', async () => {
  const cut = await makeTinyData();
  try {
    const file = join(cut, 'train-images-idx3-ubyte');
    await writeFile(file, (await readFile(file)).subarray(0, 5000));
    const { code, stdout, stderr } = await lockstep(['train', cut, '--run-dir', 'cut'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(`error: ${file}: expected 9616 bytes, got 5000; the file is incomplete: get it again\n`);
    expect(await readdir(cwd)).not.toContain('cut');
  } finally {
    await rm(cut, { recursive: true });
  }
});

// A limit on the size of files stands in for a full disk: it needs no administrator, and writes fail half-way likewise.
test.runIf(process.platform !== 'win32').each([
  [4, 'config.json', []],
  [40, 'model.safetensors', ['config.json', 'metrics.jsonl']],
])('writing that fails after %d KiB: %s is named, and nothing is left half-written', async (kibibytes, file, files) => {
  const runDir = `full-${kibibytes}`;
  const argv = ['train', '.', '--epochs', '1', '--batch', '32', '--kernels', 'default', '--run-dir', runDir, '--json'];
  const { code, stdout, stderr } = await lockstep(argv, { cwd, maxFileKibibytes: kibibytes });
  expect(code).toBe(1);
  expect(events(stdout).map(({ event }) => event)).not.toContain('done');
  expect(events(stderr)).toMatchObject([
    {
      code: 'TRAINER_RUN_FOLDER',
      msg: `could not write ${runDir}/${file}: EFBIG: file too large, write; make room there, or choose another --run-dir`,
    },
  ]);
  const left = await readdir(join(cwd, runDir), { recursive: true });
  expect(left.filter((name) => name !== 'checkpoint').sort()).toEqual(files);
});
