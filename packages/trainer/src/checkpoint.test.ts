import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Checkpoint, readCheckpoint, readLastCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Progress } from './progress.ts';
import type { TrainingState } from './training-state.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

const packr = new Packr({ useRecords: false });
const facts = { kernelBuild: 'default', kernelsSha256: 'def', shards: 16 };
const state = (step: number): TrainingState => ({
  step,
  model: new Map([
    ['fc.weight', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, step, 1e-40, -0) }],
    ['fc.bias', { shape: [2], data: Float32Array.of(0.1, 0.2) }],
  ]),
  optimiser: [Float32Array.of(5, 6, 7, step)],
});
const best = (step: number): Progress => ({
  epochs: 7,
  best: { epoch: 2, step, testAccuracy: 0.1 + 0.2, testLoss: 1 / 3 },
});
const checkpoint = (step: number, changes: Partial<Checkpoint> = {}): Checkpoint => ({
  state: state(step),
  progress: { epochs: 0, best: null },
  facts,
  ...changes,
});
const write = (step: number, changes: Partial<Checkpoint> = {}) => writeCheckpoint(folder, checkpoint(step, changes));
const never = () => expect.unreachable('no checkpoint is damaged');

/** Writes other bytes into a checkpoint, and the digest that belongs to them: what a person with bad intentions can do. */
async function forge(path: string, file: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(path, file), bytes);
  const digests = JSON.parse(await readFile(join(path, 'sha256.json'), 'utf8'));
  digests[file] = createHash('sha256').update(bytes).digest('hex');
  await writeFile(join(path, 'sha256.json'), JSON.stringify(digests));
}

describe('checkpoints', () => {
  it('give back what was written, to the bit', async () => {
    const read = await readCheckpoint(await write(3, { progress: best(2) }));
    expect(read.facts).toEqual(facts);
    expect(read.progress).toEqual(best(2));
    expect(read.state.step).toBe(3);
    expect(read.state.optimiser).toEqual(state(3).optimiser);
    expect([...read.state.model].sort()).toEqual([...state(3).model].sort());
    expect(Object.is(read.state.model.get('fc.weight')!.data[5], -0)).toBe(true);
  });

  it('keep the last ones and the best one, and leave nothing else behind', async () => {
    for (const step of [1, 2, 3, 30]) await write(step);
    expect(await readdir(folder)).toEqual(['step-00000002', 'step-00000003', 'step-00000030']);
    expect((await readLastCheckpoint(folder, never))?.state.step).toBe(30);
    for (const step of [31, 32]) await writeCheckpoint(folder, checkpoint(step, { progress: best(3) }), { keep: 1 });
    expect(await readdir(folder)).toEqual(['step-00000003', 'step-00000032']);
    await writeCheckpoint(folder, checkpoint(33, { progress: best(33) }), { keep: 1 });
    expect(await readdir(folder)).toEqual(['step-00000033']);
  });

  it('of later steps, which have been passed over, make way', async () => {
    for (const step of [1, 2, 3]) await write(step);
    await writeCheckpoint(folder, checkpoint(2), { keep: 1 });
    expect(await readdir(folder)).toEqual(['step-00000002']);
  });

  it('of the same step replace each other', async () => {
    await write(4);
    await write(4, { facts: { ...facts, shards: 8 } });
    expect((await readLastCheckpoint(folder, never))?.facts.shards).toBe(8);
    expect(await readdir(folder)).toEqual(['step-00000004']);
  });

  it('that are just being replaced count, until the new one has their name', async () => {
    await rename(await write(4), join(folder, 'step-00000004.old'));
    expect((await readLastCheckpoint(folder, never))?.facts.shards).toBe(16);
    await write(4, { facts: { ...facts, shards: 8 } });
    expect((await readLastCheckpoint(folder, never))?.facts.shards).toBe(8);
    expect(await readdir(folder)).toEqual(['step-00000004']);
  });

  it.each(['model.safetensors', 'trainer.msgpack'])(
    'that are damaged in %s are reported, and the one before is used',
    async (file) => {
      await write(1);
      const path = join(await write(2), file);
      const bytes = await readFile(path);
      bytes[bytes.length - 1]! ^= 1;
      await writeFile(path, bytes);
      const damaged: string[] = [];
      expect((await readLastCheckpoint(folder, (message) => damaged.push(message)))?.state.step).toBe(1);
      expect(damaged).toHaveLength(1);
      expect(damaged[0]).toContain(`${file} does not have the digest`);
    },
  );

  it('half written under their temporary name are not looked at, and removed in time', async () => {
    await write(1);
    await mkdir(join(folder, '.step-00000002.tmp'));
    expect((await readLastCheckpoint(folder, never))?.state.step).toBe(1);
    await write(3);
    expect(await readdir(folder)).toEqual(['step-00000001', 'step-00000003']);
  });

  it('of another version say so, whatever else is in them', async () => {
    const path = await write(1);
    await forge(path, 'trainer.msgpack', packr.pack({ version: 3, steps: 'many' }));
    const expected = {
      code: 'TRAINER_VERSION',
      message: expect.stringContaining('00001 has version 3, and this Lockst'),
    };
    await expect(readCheckpoint(path)).rejects.toMatchObject(expected);
    // It is not damaged, and so not passed over.
    await rename(path, join(folder, 'step-00000003'));
    await cp(await write(4), join(folder, 'step-00000002'), { recursive: true });
    await rm(join(folder, 'step-00000004'), { recursive: true });
    await expect(readLastCheckpoint(folder, never)).rejects.toMatchObject({ code: 'TRAINER_VERSION' });
  });

  it.each([
    ['list', 'dd'],
    ['map', 'df'],
    ['text', 'db'],
    ['vector of bytes', 'c6'],
  ])('with a %s that claims four thousand million elements, and has two, are refused', async (_, type) => {
    const path = await write(1);
    await forge(path, 'trainer.msgpack', Buffer.from(`81a96f7074696d69736572${type}ffffffff0101`, 'hex'));
    await expect(readCheckpoint(path)).rejects.toThrow('Unexpected end of MessagePack data');
  });

  it('whose tensors do not add up are refused', async () => {
    const path = await write(1);
    const file = await readFile(join(path, 'model.safetensors'));
    await forge(path, 'model.safetensors', Buffer.from(file.toString('latin1').replace('[2,3]', '[2,9]'), 'latin1'));
    await expect(readCheckpoint(path)).rejects.toThrow('tensor "fc.weight" of [2,9] F32 does not take 24 bytes');
    const odd = { version: 2, step: 1, optimiser: [Uint8Array.of(1, 2, 3)], progress: best(1), facts };
    await forge(await write(2), 'trainer.msgpack', packr.pack(odd));
    await expect(readCheckpoint(join(folder, 'step-00000002'))).rejects.toThrow(
      'an optimiser vector has 3 bytes, not a multiple of 4',
    );
  });

  it('that cannot be written leave those before as they were', async () => {
    await write(1);
    await writeFile(join(folder, '.step-00000002.tmp'), ''); // in the way of nothing: it is removed first
    await write(2);
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(writeCheckpoint(file, checkpoint(3))).rejects.toMatchObject({ code: 'TRAINER_CHECKPOINT' });
    // As where the disk becomes full half-way.
    const at = (moment: string) => {
      if (moment === 'half') throw new Error('ENOSPC: no space left on device, write');
    };
    await expect(writeCheckpoint(folder, checkpoint(3), { at })).rejects.toThrow(
      'step-00000003: ENOSPC: no space left on device, write; the checkpoints before it are unharmed. Make room, or',
    );
    expect(await readdir(folder)).toEqual(['file', 'step-00000001', 'step-00000002']);
    expect((await readLastCheckpoint(folder, never))?.state.step).toBe(2);
  });

  it.runIf(process.platform === 'linux')(
    'that cannot be written since the folder is gone say so, and do not try forever',
    async () => {
      await expect(writeCheckpoint('/proc/none/checkpoint', checkpoint(1))).rejects.toThrow(
        'could not write the checkpoint /proc/none/checkpoint/step-00000001: ENOENT',
      );
    },
  );

  it('are none before the first; where all are damaged that is an error', async () => {
    expect(await readLastCheckpoint(folder, never)).toBeUndefined();
    await rm(join(await write(1), 'sha256.json'));
    await expect(readLastCheckpoint(folder, () => undefined)).rejects.toThrow(
      `there is no whole checkpoint in ${folder}`,
    );
  });
});
