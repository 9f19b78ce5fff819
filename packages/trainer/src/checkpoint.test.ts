import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCheckpoint, readLastCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { TrainingState } from './replica-set.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

const facts = { kernelBuild: 'default', kernelsSha256: 'def', shards: 16 };
const state = (step: number): TrainingState => ({
  step,
  model: new Map([
    ['fc.weight', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, step, 1e-40, -0) }],
    ['fc.bias', { shape: [2], data: Float32Array.of(0.1, 0.2) }],
  ]),
  optimiser: [Float32Array.of(5, 6, 7, step)],
});
const never = () => expect.unreachable('no checkpoint is damaged');

describe('checkpoints', () => {
  it('give back what was written, to the bit', async () => {
    const path = await writeCheckpoint(folder, state(3), facts);
    const read = await readCheckpoint(path);
    expect(read.facts).toEqual(facts);
    expect(read.state.step).toBe(3);
    expect(read.state.optimiser).toEqual(state(3).optimiser);
    expect([...read.state.model].sort()).toEqual([...state(3).model].sort());
    expect(Object.is(read.state.model.get('fc.weight')!.data[5], -0)).toBe(true);
  });

  it('keep the last ones, and leave nothing else behind', async () => {
    for (const step of [1, 2, 30]) await writeCheckpoint(folder, state(step), facts);
    expect(await readdir(folder)).toEqual(['step-00000002', 'step-00000030']);
    expect((await readLastCheckpoint(folder, never)).state.step).toBe(30);
  });

  it('of the same step replace each other', async () => {
    await writeCheckpoint(folder, state(4), facts);
    await writeCheckpoint(folder, state(4), { ...facts, shards: 8 });
    expect((await readLastCheckpoint(folder, never)).facts.shards).toBe(8);
  });

  it.each(['model.safetensors', 'trainer.msgpack'])(
    'that are damaged in %s are reported, and the one before is used',
    async (file) => {
      await writeCheckpoint(folder, state(1), facts);
      const path = join(await writeCheckpoint(folder, state(2), facts), file);
      const bytes = await readFile(path);
      bytes[bytes.length - 1]! ^= 1;
      await writeFile(path, bytes);
      const damaged: string[] = [];
      expect((await readLastCheckpoint(folder, (message) => damaged.push(message))).state.step).toBe(1);
      expect(damaged).toHaveLength(1);
      expect(damaged[0]).toContain(`${file} does not have the digest`);
    },
  );

  it('half written under their temporary name are not looked at', async () => {
    await writeCheckpoint(folder, state(1), facts);
    await mkdir(join(folder, '.step-00000002.tmp'));
    expect((await readLastCheckpoint(folder, never)).state.step).toBe(1);
  });

  it('of another version say so', async () => {
    const path = await writeCheckpoint(folder, state(1), facts);
    const { Packr } = await import('msgpackr');
    const { createHash } = await import('node:crypto');
    const packed = new Packr({ useRecords: false }).pack({ version: 2, step: 1, optimiser: [], ...facts });
    await writeFile(join(path, 'trainer.msgpack'), packed);
    const digests = JSON.parse(await readFile(join(path, 'sha256.json'), 'utf8'));
    digests['trainer.msgpack'] = createHash('sha256').update(packed).digest('hex');
    await writeFile(join(path, 'sha256.json'), JSON.stringify(digests));
    await expect(readCheckpoint(path)).rejects.toThrow('it has version 2, and this Lockstep reads version 1');
  });

  it('that cannot be written leave those before as they were', async () => {
    await writeCheckpoint(folder, state(1), facts);
    await writeFile(join(folder, '.step-00000002.tmp'), ''); // in the way of nothing: it is removed first
    await writeCheckpoint(folder, state(2), facts);
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(writeCheckpoint(file, state(3), facts)).rejects.toMatchObject({ code: 'TRAINER_CHECKPOINT' });
    expect((await readLastCheckpoint(folder, never)).state.step).toBe(2);
  });

  it('are missed by name', async () => {
    await expect(readLastCheckpoint(folder, never)).rejects.toThrow(`there is no whole checkpoint in ${folder}`);
  });
});
