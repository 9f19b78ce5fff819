import { createHash } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors } from '@lockstep/core';
import { makeFolders } from '@lockstep/data';
import { Packr } from 'msgpackr';
import { z } from 'zod';
import { TrainerError } from './errors.ts';
import type { RunFaultPoint } from './faults.ts';
import type { Progress } from './progress.ts';
import { reasonOf } from './reason.ts';
import { checkVersion, exists } from './run-folder.ts';
import type { TrainingState } from './training-state.ts';

/** Raised when what is written changes, so that an older Lockstep says so instead of misreading it. */
const version = 2;
const modelFile = 'model.safetensors';
const stateFile = 'trainer.msgpack';
const digestFile = 'sha256.json';

// No structures shared between messages: each file can be read by itself, and by any msgpack reader.
const packr = new Packr({ useRecords: false });

const bestEpoch = { epoch: z.int().min(1), step: z.int().min(1) };
const stateSchema = z.object({
  step: z.int().min(0),
  /** Little-endian float32. */
  optimiser: z.array(z.instanceof(Uint8Array)),
  progress: z.object({
    epochs: z.int().min(0),
    best: z
      .union([
        z.object({ ...bestEpoch, validationAccuracy: z.number(), validationLoss: z.number() }),
        z.object({ ...bestEpoch, testAccuracy: z.number(), testLoss: z.number() }),
      ])
      .nullable(),
  }),
  facts: z.object({ kernelBuild: z.string(), kernelsSha256: z.string(), shards: z.int() }),
});

/** What the bits depend on besides the recipe. */
export interface CheckpointFacts {
  readonly kernelBuild: string;
  /** Of what the kernels were compiled from. */
  readonly kernelsSha256: string;
  readonly shards: number;
}

/** All that a run needs to go on as if it had never been broken off. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly progress: Progress;
  readonly facts: CheckpointFacts;
}

export interface WriteCheckpointOptions {
  /** How many of the last ones are kept, this one included; the best one besides. Default: 3. */
  readonly keep?: number | undefined;
  /** For drills: told of the moments at which a process may die. */
  readonly at?: ((moment: RunFaultPoint) => void) | undefined;
}

/**
 * Writes a checkpoint to `folder/step-<step>`: first under another name, flushed, then renamed, so that one that is there
 * is whole. Only then are all removed but the last `keep`, and that of the best epoch. At every instant there is a whole one.
 *
 * @returns the path of the checkpoint
 * @throws TrainerError `TRAINER_CHECKPOINT`, for example when the disk is full; the checkpoints before it are as they were.
 */
export async function writeCheckpoint(
  folder: string,
  { state, progress, facts }: Checkpoint,
  { keep = 3, at = () => undefined }: WriteCheckpointOptions = {},
): Promise<string> {
  const name = checkpointName(state.step);
  const temporary = join(folder, `.${name}.tmp`);
  const target = join(folder, name);
  const optimiser = state.optimiser.map(littleEndianBytes);
  const files = {
    [modelFile]: encodeSafetensors(state.model),
    [stateFile]: packr.pack({ version, step: state.step, optimiser, progress, facts }),
  };
  try {
    at('write');
    await removeTemporaries(folder);
    await makeFolders(temporary);
    for (const [file, bytes] of Object.entries(files)) {
      await writeFlushed(join(temporary, file), bytes);
      at('half');
    }
    const digests = Object.fromEntries(Object.entries(files).map(([file, bytes]) => [file, sha256(bytes)]));
    await writeFlushed(join(temporary, digestFile), new TextEncoder().encode(JSON.stringify(digests)));
    await flushFolder(temporary);
    at('rename');
    await replaceFolder(temporary, target);
    await flushFolder(folder);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw new TrainerError(
      'TRAINER_CHECKPOINT',
      `could not write the checkpoint ${target}: ${reasonOf(cause)}; the checkpoints before it are unharmed. Make room, or choose another --run-dir`,
      { cause },
    );
  }
  at('prune');
  await prune(folder, state.step, keep, progress.best?.step);
  at('saved');
  return target;
}

/**
 * The last checkpoint of a folder that is whole; undefined if none has been written yet.
 *
 * @param onDamaged told of each newer one that is not, and why
 * @throws TrainerError `TRAINER_CHECKPOINT` if all are damaged; `TRAINER_VERSION` if the last is of another version
 */
export async function readLastCheckpoint(
  folder: string,
  onDamaged: (message: string) => void,
): Promise<Checkpoint | undefined> {
  const all = await checkpoints(folder);
  for (const { name } of all.toReversed()) {
    try {
      return await readCheckpoint(join(folder, name));
    } catch (error) {
      // It is no worse than those before, and they would not be any better.
      if (error instanceof TrainerError && error.code === 'TRAINER_VERSION') throw error;
      onDamaged(`${reasonOf(error)}; the checkpoint before it is used`);
    }
  }
  if (all.length === 0) return undefined;
  throw new TrainerError('TRAINER_CHECKPOINT', `there is no whole checkpoint in ${folder}`);
}

/**
 * Nothing in it is ever executed, and no room is made for a size that a file only claims.
 *
 * @throws TrainerError `TRAINER_CHECKPOINT` if it is damaged, `TRAINER_VERSION` if it is of another version
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  try {
    const digests = z.record(z.string(), z.string()).parse(JSON.parse(await readFile(join(path, digestFile), 'utf8')));
    const [model, packed] = await Promise.all(
      [modelFile, stateFile].map(async (file) => {
        const bytes = await readFile(join(path, file));
        if (sha256(bytes) !== digests[file])
          throw new Error(`${file} does not have the digest that was written with it`);
        return bytes;
      }),
    );
    const content: unknown = packr.unpack(packed!);
    checkVersion(`the checkpoint ${path}`, content, version);
    const { step, optimiser, progress, facts } = stateSchema.parse(content);
    const { state } = decodeSafetensors(model!, join(path, modelFile));
    return { state: { step, model: state, optimiser: optimiser.map(floatsOf) }, progress, facts };
  } catch (cause) {
    if (cause instanceof TrainerError) throw cause;
    throw new TrainerError('TRAINER_CHECKPOINT', `the checkpoint ${path} cannot be used: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

export const checkpointName = (step: number): string => `step-${String(step).padStart(8, '0')}`;

/** The checkpoints of a folder, the last one last. One that is just being replaced has `.old` behind its name. */
async function checkpoints(folder: string): Promise<{ step: number; name: string }[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .flatMap((name) => {
      const digits = /^step-(\d{8,})(\.old)?$/.exec(name)?.[1];
      return digits === undefined ? [] : [{ step: Number(digits), name }];
    })
    .sort((a, b) => a.step - b.step || b.name.length - a.name.length);
}

/** Removes all but the last ones up to a step, and that of the best epoch. One of a later step was passed over, as it is damaged. */
async function prune(folder: string, last: number, keep: number, best: number | undefined): Promise<void> {
  const all = await checkpoints(folder);
  const steps = all.filter(({ step, name }) => step <= last && name === checkpointName(step)).map(({ step }) => step);
  const kept = new Set([...steps.slice(-keep), best].map((step) => step !== undefined && checkpointName(step)));
  for (const { name } of all) if (!kept.has(name)) await rm(join(folder, name), { recursive: true, force: true });
}

/** What a process that was killed had not finished. */
async function removeTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names.filter((name) => /^\.step-\d+\.tmp$/.test(name))) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Gives a folder its name. One that has it already stays, under another name, until then: it may be the only one. */
async function replaceFolder(from: string, to: string): Promise<void> {
  const old = `${to}.old`;
  // Where both are there it is left from a replacement that was complete but for this.
  if (await exists(to)) {
    await rm(old, { recursive: true, force: true });
    await rename(to, old);
  }
  await rename(from, to);
}

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename is safe only once the folder itself is on the disk. Windows cannot flush a folder, and needs not. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function littleEndianBytes(values: Float32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    bytes.setFloat32(i * 4, value, true);
  });
  return new Uint8Array(bytes.buffer);
}

function floatsOf(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw new Error(`an optimiser vector has ${bytes.length} bytes, not a multiple of 4`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
