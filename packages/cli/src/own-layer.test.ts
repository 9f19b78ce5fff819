import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { events, lockstep } from './testing/lockstep.ts';
import { makeTinyData } from './testing/tiny-data.ts';

/** A folder outside the workspace, with no packages beside it. */
let cwd: string;
const train = ['train', '.', '--batch', '32', '--epochs', '1', '--augment', 'none', '--kernels', 'default'];
const inFolder = (argv: readonly string[], environment = {}) => lockstep([...argv, '--json'], { cwd, environment });

beforeAll(async () => {
  cwd = await makeTinyData();
  await mkdir(join(cwd, 'mine'));
  const example = (name: string) =>
    fileURLToPath(new URL(`../../../examples/custom-layer-${name}.ts`, import.meta.url));
  await cp(example('swish'), join(cwd, 'mine/swish.ts'));
  const net = await readFile(example('net'), 'utf8');
  await writeFile(join(cwd, 'mine/net.ts'), net.replace('./custom-layer-swish.ts', './swish.ts'));
  await writeFile(
    join(cwd, 'mine/net.yaml'),
    `name: swish-net
inputs: [{ name: input, shape: [28, 28, 1] }]
nodes:
  - { name: conv1, op: conv2d, options: { outChannels: 8, kernelSize: 3, stride: 2 } }
  - { name: act1, op: swish, module: ./swish.ts }
  - { name: conv2, op: conv2d, options: { outChannels: 16, kernelSize: 3, stride: 2 } }
  - { name: act2, op: swish, module: ./swish.ts, options: { init: 0.5 } }
  - { name: pool, op: globalAvgPool2d }
  - { name: fc, op: linear, options: { outFeatures: 10 } }
`,
  );
});
afterAll(() => rm(cwd, { recursive: true }));

test('a layer from a file: trained, stopped, resumed, tested and exported, without the file of the model', async () => {
  const fault = { rank: 0, step: 3, at: 'gradients', kind: 'kill' };
  const [whole, data] = await Promise.all([
    inFolder([...train, '--model', 'mine/net.ts', '--workers', '1', '--run-dir', 'whole']),
    inFolder(
      [...train, '--model', 'mine/net.yaml', '--workers', '3', '--run-dir', 'data', '--checkpoint-seconds', '0'],
      {
        LOCKSTEP_FAULT: JSON.stringify(fault),
      },
    ),
  ]);
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  const { weightsSha256, testAccuracy } = events(whole.stdout).at(-1)!;
  expect(data.code).not.toBe(0);
  await Promise.all(['net.ts', 'net.yaml'].map((name) => rm(join(cwd, 'mine', name))));
  expect(await readdir(join(cwd, 'data/checkpoint'))).not.toEqual([]);
  const resumed = await inFolder(['train', '--resume', 'data', '--workers', '2']);
  expect(resumed).toMatchObject({ code: 0, stderr: '' });
  expect(events(resumed.stdout).at(-1)).toMatchObject({ event: 'done', weightsSha256 });

  const [tested, tensors, onnx] = await Promise.all([
    inFolder(['eval', '--run', 'whole']),
    inFolder(['export', '--run', 'whole', '--format', 'safetensors', '--out', 'a.safetensors']),
    inFolder(['export', '--run', 'whole', '--out', 'a.onnx']),
  ]);
  expect(tested).toMatchObject({ code: 0, stderr: '' });
  expect(events(tested.stdout).at(-1)).toMatchObject({ testAccuracy });
  expect(tensors).toMatchObject({ code: 0 });
  expect(events(onnx.stderr)).toMatchObject([{ code: 'ONNX_UNSUPPORTED', msg: expect.stringContaining('"act1"') }]);

  const layer = join(cwd, 'mine/swish.ts');
  await writeFile(layer, `${await readFile(layer, 'utf8')}// and more\n`);
  const changed = await inFolder(['eval', '--run', 'whole']);
  expect(changed.code).toBe(0);
  expect(events(changed.stderr)).toMatchObject([
    { level: 'warn', msg: `${layer}, which defines layers of the network, has changed since the run began` },
  ]);
  await rename(layer, join(cwd, 'mine/elsewhere.ts'));
  const gone = await inFolder(['train', '--resume', 'whole']);
  expect(gone.code).toBe(1);
  expect(events(gone.stderr)).toMatchObject([
    {
      code: 'TRAINER_LAYERS',
      msg: expect.stringMatching(/^layers of swish-net are defined by .*swish\.ts, which cannot be read/),
    },
  ]);
});
