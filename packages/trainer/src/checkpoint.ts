import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors } from '@lockstep/core';
import { Packr } from 'msgpackr';
import { z } from 'zod';
import { TrainerError } from './errors.ts';
import type { TrainingState } from './replica-set.ts';

/** Raised when what is written changes, so that an older Lockstep says so instead of misreading it. */
const version = 1;
const modelFile = 'model.safetensors';
const stateFile = 'trainer.msgpack';
const digestFile = 'sha256.json';

// No structures shared between messages: each file can be read by itself, and by any msgpack reader.
const packr = new Packr({ useRecords: false });

const stateSchema = z.object({
  version: z.number(),
  step: z.int().min(0),
  /** Little-endian float32. */
  optimiser: z.array(z.instanceof(Uint8Array)),
  /** What the bits depend on besides the recipe. */
  kernelBuild: z.string(),
  kernelsSha256: z.string(),
  shards: z.int(),
});

/** What a checkpoint records besides the state. */
export interface CheckpointFacts {
  readonly kernelBuild: string;
  /** Of what the kernels were compiled from. */
  readonly kernelsSha256: string;
  readonly shards: number;
}

/**
 * Writes a checkpoint to `folder/step-<step>`: first under another name, flushed, then renamed, so that one that is there
 * is whole. Only then are all but the last `keep` removed.
 *
 * @returns the path of the checkpoint
 * @throws TrainerError `TRAINER_CHECKPOINT`, for example when the disk is full; the checkpoints before it are as they were.
 */
export async function writeCheckpoint(
  folder: string,
  state: TrainingState,
  facts: CheckpointFacts,
  keep = 2,
): Promise<string> {
  const name = checkpointName(state.step);
  const temporary = join(folder, `.${name}.tmp`);
  const target = join(folder, name);
  const files = {
    [modelFile]: encodeSafetensors(state.model),
    [stateFile]: packr.pack({ version, step: state.step, optimiser: state.optimiser.map(littleEndianBytes), ...facts }),
  };
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    for (const [file, bytes] of Object.entries(files)) await writeFlushed(join(temporary, file), bytes);
    const digests = Object.fromEntries(Object.entries(files).map(([file, bytes]) => [file, sha256(bytes)]));
    await writeFlushed(join(temporary, digestFile), new TextEncoder().encode(JSON.stringify(digests)));
    await flushFolder(temporary);
    await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
    await flushFolder(folder);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw new TrainerError(
      'TRAINER_CHECKPOINT',
      `could not write the checkpoint ${target}: ${messageOf(cause)}; the checkpoints before it are unharmed. Make room, or choose another --run-dir`,
      { cause },
    );
  }
  const steps = await checkpointSteps(folder);
  for (const step of steps.slice(0, -keep))
    await rm(join(folder, checkpointName(step)), { recursive: true, force: true });
  return target;
}

/**
 * The last checkpoint of a folder that is whole.
 *
 * @param onDamaged told of each newer one that is not, and why
 * @throws TrainerError `TRAINER_CHECKPOINT` if there is none
 */
export async function readLastCheckpoint(
  folder: string,
  onDamaged: (message: string) => void,
): Promise<{ state: TrainingState; facts: CheckpointFacts }> {
  for (const step of (await checkpointSteps(folder)).toReversed()) {
    const path = join(folder, checkpointName(step));
    try {
      return await readCheckpoint(path);
    } catch (error) {
      onDamaged(`${messageOf(error)}; the checkpoint before it is used`);
    }
  }
  throw new TrainerError('TRAINER_CHECKPOINT', `there is no whole checkpoint in ${folder}`);
}

/** @throws TrainerError `TRAINER_CHECKPOINT` if it is damaged or of another version; nothing in it is ever executed. */
export async function readCheckpoint(path: string): Promise<{ state: TrainingState; facts: CheckpointFacts }> {
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
    const { version: written, step, optimiser, ...facts } = stateSchema.parse(packr.unpack(packed!));
    if (written !== version) throw new Error(`it has version ${written}, and this Lockstep reads version ${version}`);
    const { state } = decodeSafetensors(model!, join(path, modelFile));
    return { state: { step, model: state, optimiser: optimiser.map(floatsOf) }, facts };
  } catch (cause) {
    throw new TrainerError('TRAINER_CHECKPOINT', `the checkpoint ${path} cannot be used: ${messageOf(cause)}`, {
      cause,
    });
  }
}

const checkpointName = (step: number): string => `step-${String(step).padStart(8, '0')}`;

async function checkpointSteps(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .map((name) => /^step-(\d{8,})$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
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
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
