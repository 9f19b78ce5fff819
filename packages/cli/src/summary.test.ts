import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelNames } from '@lockstep/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { events, lockstep } from './testing/lockstep.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'lockstep-summary-'));
  await writeFile(
    join(cwd, 'tiny.yaml'),
    `name: tiny
inputs: [{ name: picture, shape: [9, 9, 1] }]
nodes:
  - { name: conv, op: conv2d, options: { outChannels: 4, kernelSize: 3, stride: 3 } }
  - { name: pool, op: maxPool2d, options: { kernelSize: 3 } }
  - { name: flatten, op: flatten }
  - { name: fc, op: linear, options: { outFeatures: 10 } }
`,
  );
  await writeFile(
    join(cwd, 'tiny.ts'),
    `interface Options { inputShape: number[]; classes: number }
export default ({ inputShape, classes }: Options) => ({
  name: 'typed',
  inputs: [{ name: 'picture', shape: inputShape }],
  nodes: [
    { name: 'pool', op: 'globalAvgPool2d' },
    { name: 'fc', op: 'linear', options: { outFeatures: classes } },
  ],
});
`,
  );
  await writeFile(join(cwd, 'syntax.ts'), 'export default (\n;');
  await writeFile(join(cwd, 'throws.ts'), 'export default () => {\n  throw new Error("no");\n};');
  await writeFile(join(cwd, 'wrong.json'), '{"name": "wrong", "inputs": [], "nodes": []}');
  await writeFile(join(cwd, 'broken.json'), '{"name"');
});
afterAll(() => rm(cwd, { recursive: true }));

test('models', async () => {
  const [text, json] = await Promise.all([lockstep(['models'], { cwd }), lockstep(['models', '--json'], { cwd })]);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(/^name +parameters +pictures +classes +described by\n/);
  expect(text.stdout).toMatch(/\nvgg16 +138,357,544 +224x224x3 +1,000 +Simonyan and Zisserman 2014, 1409\.1556\n/);
  const lines = events(json.stdout);
  expect(lines.slice(0, -1).map(({ name }) => name)).toEqual(modelNames());
  expect(lines.at(-1)).toEqual({ event: 'done', models: modelNames().length });
});

test('summary: the table of VGG-16', async () => {
  const { code, stdout, stderr } = await lockstep(['summary', '--model', 'vgg16'], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const rows = stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' ').trim());
  expect(rows[0]).toBe('vgg16: 224x224x3 to 1000');
  expect(rows).toContain(
    'features.0 conv2d [224x224x64] memory: 3.2M params: 1,728 + 64 multiply-adds: 86.7M sees: 3x3',
  );
  expect(rows).toContain('features.30 maxPool2d [7x7x512] memory: 25K params: 0 multiply-adds: 0 sees: 212x212');
  expect(rows.slice(-4, -1)).toEqual([
    'parameters 138,357,544, 528 MiB',
    'memory 15,287,784 values a picture, 59 MiB',
    'multiply-adds 15,470,264,320 a picture',
  ]);
});

test('summary: other pictures and classes, with --json', async () => {
  const argv = 'summary --model resnet18 --size 33 --channels 1 --classes 7 --json'.split(' ');
  const lines = events((await lockstep(argv, { cwd })).stdout);
  expect(lines[0]).toMatchObject({ event: 'layer', name: 'input', op: 'input', output: [33, 33, 1] });
  expect(lines.at(-2)).toMatchObject({ event: 'layer', name: 'fc', weights: 3584, biases: 7, receptiveField: 'all' });
  expect(lines.at(-1)).toMatchObject({ event: 'done', model: 'resnet18', parameters: 11_173_831 });
});

test('summary: a network from a file, of its own size and another', async () => {
  const [own, larger] = await Promise.all(
    [[], ['--size', '11', '--channels', '2']].map((more) =>
      lockstep(['summary', '--model', 'tiny.yaml', ...more], { cwd }),
    ),
  );
  expect(own!.stdout).toMatch(
    /\nconv +conv2d +\[3x3x4\] +memory: 36 +params: 36 \+ 4 +multiply-adds: 324 +sees: 3x3\n/,
  );
  expect(larger!.stdout).toMatch(/^tiny: 11x11x2 to 10\n/);
  expect(larger!.stdout).toMatch(/ sees: 3x3 +its stride drops 2 rows, 2 columns\n/);
});

test('summary: a network from a module, and one of a file for other classes', async () => {
  const [usual, own, other] = await Promise.all(
    ['tiny.ts', 'tiny.ts --size 9 --channels 2 --classes 7', 'tiny.yaml --classes 3'].map((model) =>
      lockstep(['summary', '--model', ...model.split(' ')], { cwd }),
    ),
  );
  expect(usual!.stdout).toMatch(/^typed: 224x224x3 to 1000\n/);
  expect(own).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^typed: 9x9x2 to 7\n/) });
  expect(other!.stdout).toMatch(/^tiny: 9x9x1 to 3\n/);
});

test('summary: the networks in the README', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const blocks = [
    /```ts\n(\/\/ lockstep summary --model net\.ts.*?)```/s,
    /```yaml\n(# lockstep train .*? --model tiny.*?)```/s,
  ];
  const [module, data] = blocks.map((block) => block.exec(readme)![1]!);
  await Promise.all([writeFile(join(cwd, 'net.ts'), module!), writeFile(join(cwd, 'readme.yaml'), data!)]);
  const [net, tiny] = await Promise.all(
    ['net.ts --size 32 --classes 10', 'readme.yaml'].map((model) =>
      lockstep(['summary', '--model', ...model.split(' ')], { cwd }),
    ),
  );
  expect(net).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^net: 32x32x3 to 10\n/) });
  expect(tiny).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^tiny: 28x28x1 to 10\n/) });
});

test.each([
  [2, '--model resnet1', 'there is no model "resnet1"; there are mlp, '],
  [1, '--model tiny.yaml --size 8', 'tiny cannot take pictures of 8x8x1: node "pool": maxPool2d with kernelSize 3x3'],
  [1, '--model tiny.yaml --size 8', 'the smallest square picture that it takes is 9x9'],
  [1, '--model inception-v3 --size 75', 'node "AuxLogits.pool"'],
  [1, '--model wrong.json', 'wrong.json:1: this is no graph: '],
  [1, '--model syntax.ts', 'syntax.ts:2: the module cannot be loaded: Expression expected'],
  [1, '--model throws.ts', 'throws.ts:2: its function failed: no'],
  [2, '--model broken.json', 'broken.json cannot be understood'],
  [2, '--model nowhere.json', '--model: nowhere.json cannot be read'],
])('exit %d: summary %s', async (code, line, message) => {
  const text = await lockstep(['summary', ...line.split(' ')], { cwd });
  expect(text.stderr).toMatch(/^error: .*\n$/);
  expect(text.stderr).toContain(message);
  expect(text).toMatchObject({ code, stdout: '' });
});
