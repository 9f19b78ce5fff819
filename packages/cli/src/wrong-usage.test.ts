import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { events, lockstep } from './testing/lockstep.ts';
import { makeTinyData } from './testing/tiny-data.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await makeTinyData();
  await writeFile(join(cwd, 'c.yaml'), 'epoch: 3\n');
  await writeFile(join(cwd, 'config.json'), '{}'); // as if there were a run in this folder
});
afterAll(() => rm(cwd, { recursive: true }));

// One line on standard error, nothing on standard output.
test.each([
  [2, 'trian', 'there is no command "trian"; did you mean train?'],
  [2, '--epochs 3', 'expected a command, got the option --epochs: write it behind the command'],
  [2, 'train --epoch 3', 'there is no option --epoch; did you mean --epochs?'],
  [2, 'train --epochs', '--epochs: expected an integer of at least 1, got '],
  [2, 'train --limit-train many', '--limit-train: expected an integer of at least 1, got "many"'],
  [2, 'train . --batch 0', '--batch: expected an integer of at least 1, got "0"'],
  [
    2,
    'train . --workers 5 --shards 4',
    'expected at most as many workers as shards, got 5 workers for 4 shards: use --workers 4',
  ],
  [2, 'train . --validation 1.5', '--validation: expected a number above 0 and below 1, or none or own, got "1.5"'],
  [1, 'train . --validation own', 'expected a validation split, it has only train and test; a share of train can be'],
  [2, 'train . --model resnet1', 'there is no model "resnet1"; there are '],
  [2, 'train --data nothing', 'data set nothing: expected one of mnist, '],
  [2, 'train . --augment wild', 'augmentation policy: expected one of none, light, '],
  [2, 'train . --limit-train 151', 'expected a limit in 1..150'],
  [2, 'train . --data mnist', 'expected one data set, got two: ., and --data mnist'],
  [2, 'train . mnist', 'train: expected at most one [DATA], got "." "mnist"'],
  [2, 'train . --config c.yaml', 'c.yaml: there is no option "epoch"; did you mean epochs?'],
  [2, 'train --resume r --epochs 3 --lr 1', 'of the others only --workers may be given, got --epochs, --lr'],
  [
    2,
    'train . --strict --kernels default',
    'expected one build of the kernels, got two: --strict, and --kernels default',
  ],
  [2, 'verify . --steps 999', 'steps, which is the whole training, got 999'],
  [2, 'verify . --workers 1,none', '--workers: expected a list, each an integer of at least 1, with commas between'],
  [2, 'bench', 'bench: expected step or layers behind it, got nothing'],
  [2, 'bench stop', 'bench: expected step or layers behind it, got stop'],
  [2, 'bench step --size 0', '--size: expected an integer of at least 1, got "0"'],
  [2, 'bench step --workers 5 --shards 4', 'expected at most as many workers as shards, got 5 workers for 4 shards'],
  [1, 'bench layers --model lenet5 --size 8', 'lenet5 cannot take pictures of 8x8x3: node "conv2"'],
  [2, 'eval', 'eval: --run DIR is missing: expected the folder of the run'],
  [2, 'predict --run r', 'predict: expected FILE…, got none'],
  [1, 'eval --run nowhere', 'expected the folder of a run, but there is no nowhere/config.json'],
  [1, 'train --data ./nowhere', './nowhere: expected a folder or a file with pictures, there is none; check the path'],
  [1, 'train . --run-dir .', '. holds a run already: choose another --run-dir, or go on with it with --resume .'],
  [1, 'train . --run-dir t10k-labels-idx1-ubyte/r', 'cannot write to t10k-labels-idx1-ubyte/r: ENOTDIR'],
  [1, 'train --resume nowhere', 'expected the folder of a run'],
  [1, 'train --resume --workers 2', 'runs to go on with: name its folder, as in --resume DIR'],
])('exit %d: lockstep %s', async (code, line, message) => {
  const text = await lockstep(line.split(' '), { cwd });
  expect(text.stderr).toMatch(/^error: .*\n$/);
  expect(text.stderr).toContain(message);
  expect(text).toMatchObject({ code, stdout: '' });
});

test.each([
  [2, 'USAGE', 'trian'],
  [2, 'USAGE', 'train --limit-train many'],
  [2, 'DATA_UNKNOWN', 'train --data nothing'],
  [1, 'TRAINER_RUN_FOLDER', 'train . --run-dir .'],
])('with --json, one line of JSON on standard error alone: exit %d, %s, lockstep %s', async (exit, code, line) => {
  const json = await lockstep([...line.split(' '), '--json'], { cwd });
  expect(json).toMatchObject({ code: exit, stdout: '' });
  expect(events(json.stderr)).toEqual([{ level: 'error', time: expect.any(Number), code, msg: expect.any(String) }]);
});

test('LOCKSTEP_FAULT that cannot be understood', async () => {
  const { code, stderr } = await lockstep(['train', '.'], { cwd, environment: { LOCKSTEP_FAULT: 'bang' } });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: LOCKSTEP_FAULT: expected JSON such as .*\n$/);
});

test('--debug shows the stack', async () => {
  const argv = ['train', '.', '--model', 'resnet1', '--debug'];
  const [text, json] = await Promise.all([lockstep(argv, { cwd }), lockstep([...argv, '--json'], { cwd })]);
  expect(text.stderr).toMatch(
    /^error: there is no model "resnet1".*\n(.*\n)*CoreError: .*\n(.*\n)* +at modelInfo .*model\.ts:\d+/,
  );
  const [error] = events(json.stderr);
  expect(error).toMatchObject({ code: 'MODEL_UNKNOWN', err: { stack: expect.stringMatching(/\n +at modelInfo /) } });
});
