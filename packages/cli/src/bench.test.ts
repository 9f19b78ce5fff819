import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { events, lockstep } from './testing/lockstep.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
});
afterAll(() => rm(cwd, { recursive: true }));

const network = '--model lenet5 --size 20 --channels 1 --batch 8 --seconds 0.02'.split(' ');

test('bench step', async () => {
  const argv = ['bench', 'step', ...network, '--workers', '2'];
  const [text, json] = await Promise.all([lockstep(argv, { cwd }), lockstep([...argv, '--json'], { cwd })]);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(/^lenet5, 20x20x1, batch 8, 4 shards, 2 workers, \w+ kernels\n[\d,]+ images\/s, /);
  expect(events(json.stdout)).toEqual([
    expect.objectContaining({
      event: 'done',
      imagesPerSecond: expect.any(Number),
      peakMemoryBytes: expect.any(Number),
      workers: 2,
    }),
  ]);
});

test('bench step, with the parts of a step', async () => {
  const { code, stdout } = await lockstep(['bench', 'step', ...network, '--workers', '2', '--times'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /\na step [\d.]+ ms; computing [\d.]+ ms \([\d.]+ %\), imbalance .*, 2 meetings .*; a worker reads .* of the others\n$/,
  );
});

test('bench layers, with a trace file', async () => {
  const argv = ['bench', 'layers', ...network];
  const [text, json] = await Promise.all([
    lockstep(argv, { cwd }),
    lockstep([...argv, '--json', '--trace', 'trace.json'], { cwd }),
  ]);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(/\nconv1 +conv2d +20x20x6 +[\d.]+ +[\d.]+ +\d+ % .* direct\n/);
  const lines = events(json.stdout);
  expect(lines).toHaveLength(13);
  expect(lines[0]).toMatchObject({ event: 'layer', name: 'conv1', algorithms: { forward: 'direct' } });
  expect(lines.at(-1)).toMatchObject({ event: 'done', model: 'lenet5', trace: 'trace.json' });
  const trace = JSON.parse(await readFile(join(cwd, 'trace.json'), 'utf8')) as { traceEvents: unknown[] };
  expect(trace.traceEvents.length).toBeGreaterThan(13);
});

test('a trace that cannot be written', async () => {
  const { code, stderr } = await lockstep(['bench', 'layers', ...network, '--trace', 'nowhere/t.json'], { cwd });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'error: could not write nowhere/t.json: there is no folder nowhere; make it, or choose another --trace\n',
  });
});
