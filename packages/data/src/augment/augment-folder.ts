import { createHash } from 'node:crypto';
import { access, readFile, realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { sharpWithoutCache } from '../decode.ts';
import { DataError, TransformError } from '../errors.ts';
import { errorCode, fileError } from '../file-errors.ts';
import type { Image } from '../image.ts';
import { makeFolders } from '../make-folders.ts';
import { readPolicy } from '../policy-file.ts';
import { createTransform } from '../transforms/create.ts';
import type { JsonValue, Transform } from '../transforms/define.ts';
import { transformsWithMixingSet } from '../transforms/registry.ts';
import { sampleCopy } from './augment.ts';
import { inOrder } from './in-order.ts';
import {
  appendEntry,
  claimFolder,
  continueManifest,
  type ManifestEntry,
  readManifest,
  type Settings,
} from './manifest.ts';
import { loadMixingSet } from './mixing-set.ts';
import { type AugmentFolderOptions, augmentFolderOptionsSchema } from './options.ts';
import { isWithin, pictureFiles } from './picture-files.ts';
import { readPicture } from './read-picture.ts';
import { type Cell, describeSampled, resultSheet, sheetCell } from './result-sheet.ts';
import { writeWhole } from './write-whole.ts';

/** How far a run is. */
export interface AugmentProgress {
  /** Pictures that are done, of `total`. */
  readonly done: number;
  readonly total: number;
  /** Of those, the ones that were done before. */
  readonly kept: number;
  /** Pictures that were left out, and why. */
  readonly broken: readonly { readonly file: string; readonly error: Error }[];
}

/** What a run came to. */
export interface AugmentSummary extends AugmentProgress {
  /** Results that were written. */
  readonly written: number;
  /** Whether it was stopped before the end; the same call goes on. */
  readonly interrupted: boolean;
}

export interface AugmentRunOptions {
  /** Called after each picture, in their order. */
  readonly onProgress?: (progress: AugmentProgress) => void;
  /** Stops after the pictures under way. */
  readonly signal?: AbortSignal;
}

/** A picture and what becomes of it. */
interface Job {
  readonly file: string;
  readonly path: string;
  readonly error?: DataError;
  readonly outputs: readonly string[];
  /** What a manifest says was done. */
  readonly recorded?: ManifestEntry;
}

/** In the folder of the results. */
const settingsFile = '.lockstep-augment.json';
/** Pictures of a contact sheet, and results of each. */
const previewRows = 8;
const previewCopies = 6;

/**
 * Augments the pictures of a folder and of those in it: `OUT/sub/a.jpg-1.png` and so on of `sub/a.jpg`. What is done to a picture
 * depends on the seed, its name and the number of the copy, never on the others. Some pictures are in memory at a time. What is
 * there already is kept, so that a run that was stopped goes on where it was; a file is whole or not there. The pictures
 * themselves are never written to.
 *
 * @param photos the folder
 * @throws DataError, TransformError
 */
export async function augmentFolder(
  photos: string,
  options: AugmentFolderOptions,
  run: AugmentRunOptions = {},
): Promise<AugmentSummary> {
  const { out, copies, ...checked } = augmentFolderOptionsSchema.parse(options);
  const settings: Settings = {
    photos: resolve(photos),
    policy: createTransform(await readPolicy(checked.policy)).spec as JsonValue,
    seed: checked.seed,
    format: checked.format,
    mixingSet: checked.mixingSet === undefined ? null : resolve(checked.mixingSet),
  };
  const jobs = (await pictureFiles(photos)).map(({ name, ...rest }): Job => {
    const outputs = Array.from({ length: copies }, (_, copy) => `${name}-${copy + 1}.${extensionOf[settings.format]}`);
    return { file: name, outputs, ...rest };
  });
  if (jobs.length === 0)
    throw new DataError('DATA_NOT_FOUND', `${photos}: expected pictures, there are none; check the path`);
  return await runJobs(jobs, settings, { out, ...checked }, run);
}

/**
 * Does again what a manifest says, to the same bytes.
 *
 * @param options where to, and what to do with pictures that cannot be read or are no longer the same
 * @throws DataError, TransformError
 */
export async function augmentFromManifest(
  manifest: string,
  options: Pick<AugmentFolderOptions, 'out' | 'onBroken' | 'preview'>,
  run: AugmentRunOptions = {},
): Promise<AugmentSummary> {
  const { settings, entries } = await readManifest(manifest);
  const files = new Map((await pictureFiles(settings.photos)).map((file) => [file.name, file]));
  const jobs = [...entries.values()].map((recorded): Job => {
    const path = join(settings.photos, recorded.file);
    const error = new DataError('DATA_NOT_FOUND', `${path}: expected a picture, there is none; ${manifest} has it`);
    const { name: file, ...rest } = files.get(recorded.file) ?? { name: recorded.file, path, error };
    return { file, outputs: recorded.copies.map(({ output }) => output), recorded, ...rest };
  });
  return await runJobs(jobs, settings, augmentFolderOptionsSchema.parse(options), run);
}

const extensionOf = { png: 'png', jpeg: 'jpg' } as const;

async function runJobs(
  jobs: readonly Job[],
  settings: Settings,
  { out, onBroken, preview, manifest }: Pick<AugmentFolderOptions, 'out' | 'onBroken' | 'preview' | 'manifest'>,
  { onProgress, signal }: AugmentRunOptions,
): Promise<AugmentSummary> {
  const root = await outputFolder(out, settings.photos, [preview, manifest]);
  await claimFolder(join(root, settingsFile), settings);
  const known = manifest === undefined ? undefined : await continueManifest(manifest, settings);
  const mixingSet = settings.mixingSet === null ? undefined : await loadMixingSet(settings.mixingSet);
  const transform = createTransform(settings.policy, mixingSet && transformsWithMixingSet(mixingSet));

  const broken: { file: string; error: Error }[] = [];
  let [done, kept, written] = [0, 0, 0];
  const work = async (job: Job): Promise<ManifestEntry | Error | undefined> => {
    if (await isDone(job, root, known)) return undefined;
    const made = await resultsOf(job, transform, settings).catch(brokenOnly);
    if (made instanceof Error) return made;
    const folder = dirname(join(root, job.file));
    await makeFolders(folder).catch((cause: unknown) => {
      throw notMade(folder, cause);
    });
    // A link in the folder of the results could lead to the pictures.
    if (!isWithin(await realpath(folder), root)) {
      throw new DataError(
        'DATA_READ',
        `${folder}: expected a folder of the results, got a link out of ${out}: remove it`,
      );
    }
    for (const [i, { image }] of made.results.entries()) {
      await writeWhole(join(root, job.outputs[i]!), await encoded(image, settings.format));
    }
    return entryOf(job, made);
  };
  for await (const [job, result] of inOrder(jobs, parallelism, work, signal)) {
    if (result instanceof Error) {
      if (onBroken !== 'skip') throw result;
      broken.push({ file: job.file, error: result });
    } else if (result === undefined) kept++;
    else {
      written += job.outputs.length;
      if (manifest !== undefined) await appendEntry(manifest, result);
    }
    done++;
    onProgress?.({ done, total: jobs.length, kept, broken });
  }
  if (preview !== undefined) {
    const left = new Set(broken.map(({ file }) => file));
    const rows: Cell[][] = [];
    for (const job of jobs.slice(0, done)) {
      if (rows.length < previewRows && !left.has(job.file)) rows.push(await previewRow(job, transform, settings));
    }
    await writeWhole(preview, await resultSheet(rows));
  }
  return { done, total: jobs.length, kept, written, broken, interrupted: done < jobs.length };
}

/** Decoding, and encoding, run in threads of their own: as many pictures at a time as there are, and one to work on. */
const parallelism = Math.min(5, availableParallelism() + 1);

/** The folder of the results, made, by its real path. @throws DataError `DATA_MISMATCH` where the pictures could be overwritten */
async function outputFolder(out: string, photos: string, files: readonly (string | undefined)[]): Promise<string> {
  const [root, inputs] = await Promise.all([realPlace(resolve(out)), realpath(photos)]);
  if (isWithin(root, inputs) || isWithin(inputs, root)) {
    throw new DataError(
      'DATA_MISMATCH',
      `${out}: expected a folder apart from that of the pictures, ${photos}, so that they are never written to: use another one`,
    );
  }
  for (const file of files) {
    if (file === undefined || !isWithin(await realPlace(resolve(dirname(file))), inputs)) continue;
    throw new DataError('DATA_MISMATCH', `${file}: expected a file outside the folder of the pictures, ${photos}`);
  }
  await makeFolders(root).catch((cause: unknown) => {
    throw notMade(out, cause);
  });
  return root;
}

function notMade(folder: string, cause: unknown): DataError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new DataError('DATA_READ', `${folder}: expected a folder for results, it cannot be made: ${message}; use another --out`, { cause }); // biome-ignore format: one line
}

/** The real path that an absolute one will have once it is made. */
async function realPlace(path: string): Promise<string> {
  return await realpath(path).catch(async (error: unknown) => {
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw fileError(path, error, 'check the path');
    return join(await realPlace(dirname(path)), basename(path));
  });
}

/** Whether all results of a picture are there, and in the manifest, where there is one. */
async function isDone(
  { file, outputs }: Job,
  root: string,
  known?: ReadonlyMap<string, ManifestEntry>,
): Promise<boolean> {
  if (known && outputs.some((output, i) => known.get(file)?.copies[i]?.output !== output)) return false;
  const found = await Promise.allSettled(outputs.map((output) => access(join(root, output))));
  return found.every(({ status }) => status === 'fulfilled');
}

interface Made {
  readonly original: Image;
  readonly sha256: string;
  readonly results: readonly { readonly image: Image; readonly sampled: JsonValue }[];
}

/** Reads a picture, and makes the first `count` results of it. */
async function resultsOf(
  job: Job,
  transform: Transform,
  settings: Settings,
  count = job.outputs.length,
): Promise<Made> {
  if (job.error) throw job.error;
  const bytes = await readFile(job.path).catch((error: unknown) => {
    throw fileError(job.path, error, 'check the path');
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (job.recorded && job.recorded.sha256 !== sha256) {
    throw new DataError('DATA_MISMATCH', `${job.path}: expected the picture of the manifest, SHA-256 ${job.recorded.sha256}, got ${sha256}`); // biome-ignore format: one line
  }
  const original = await readPicture(bytes, job.path);
  try {
    const results = job.outputs.slice(0, count).map((_, copy) => {
      const recorded = job.recorded?.copies[copy];
      const sampled = recorded
        ? transform.parseSampled(recorded.sampled)
        : sampleCopy(transform, original, { seed: settings.seed, index: indexOf(job.file), copy });
      return { image: transform.apply(original, sampled), sampled };
    });
    return { original, sha256, results };
  } catch (error) {
    if (!(error instanceof TransformError)) throw error;
    throw new TransformError(error.code, `${job.path}: ${error.message}`, { cause: error });
  }
}

/** What is wrong with a picture is told from what is wrong elsewhere. */
function brokenOnly(error: unknown): Error {
  if (error instanceof DataError || (error instanceof TransformError && error.code === 'TRANSFORM_IMAGE')) return error;
  throw error;
}

/** The index of a picture, of its name alone: so that it stays when others come and go. */
const indexOf = (file: string): number => createHash('sha256').update(file).digest().readUInt32LE();

const entryOf = ({ file, outputs }: Job, { sha256, results }: Made): ManifestEntry => ({
  file,
  sha256,
  copies: outputs.map((output, i) => ({ output, sampled: results[i]!.sampled })),
});

async function encoded({ data, height, width, channels }: Image, format: Settings['format']): Promise<Uint8Array> {
  const open = await sharpWithoutCache();
  const picture = open(data, { raw: { height, width, channels: channels as 1 | 3 | 4 } });
  const file = format === 'png' ? picture.png() : picture.flatten().jpeg({ quality: 95, chromaSubsampling: '4:4:4' });
  return (await file.toBuffer({ resolveWithObject: true })).data;
}

/** A row of the contact sheet. */
async function previewRow(job: Job, transform: Transform, settings: Settings): Promise<Cell[]> {
  const { original, results } = await resultsOf(job, transform, settings, previewCopies);
  return await Promise.all([
    sheetCell(original, job.file),
    ...results.map(({ image, sampled }) => sheetCell(image, describeSampled(sampled))),
  ]);
}
