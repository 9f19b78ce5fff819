import { appendFile, readFile, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { DataError } from '../errors.ts';
import { errorCode, fileError } from '../file-errors.ts';
import type { JsonValue } from '../transforms/define.ts';
import { writeWhole } from './write-whole.ts';

const json = z.json() as z.ZodType<JsonValue>;

const settingsSchema = z.strictObject({
  /** Folder of the pictures, absolute. */
  photos: z.string(),
  policy: json,
  seed: z.int(),
  format: z.enum(['png', 'jpeg']),
  /** Folder of PixMix's pictures, absolute; null for fractals. */
  mixingSet: z.string().nullable(),
});

/** What decides the results of a folder, but for the pictures: the first line of a manifest. */
export type Settings = z.infer<typeof settingsSchema>;

const headerSchema = settingsSchema.extend({ manifest: z.literal(1) });

/** No path out of the folder that it is read against. */
const localPath = z
  .string()
  .refine((path) => path !== '' && !path.startsWith('/') && !/[\\:]|(^|\/)\.\.?(\/|$)/.test(path), {
    error: 'expected a path within the folder, with / between',
  });

const entrySchema = z.strictObject({
  /** The picture, from the folder of the pictures. */
  file: localPath,
  /** Of the file's bytes. */
  sha256: z.string(),
  /** The results, from the folder of the results, and what chance decided for each. */
  copies: z.array(z.strictObject({ output: localPath, sampled: json })),
});

/** What was done to a picture: a line of a manifest. */
export type ManifestEntry = z.infer<typeof entrySchema>;

export interface Manifest {
  readonly settings: Settings;
  /** By picture. */
  readonly entries: ReadonlyMap<string, ManifestEntry>;
  /** Bytes of the whole lines: what comes behind was cut off while it was written. */
  readonly bytes: number;
}

/** Reads a manifest. @throws DataError `DATA_NOT_FOUND`, `DATA_READ`, `DATA_FORMAT` naming the line */
export async function readManifest(path: string): Promise<Manifest> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, error, 'check the path');
  });
  const end = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.subarray(0, end).toString().split('\n').slice(0, -1);
  const parse = <T>(schema: z.ZodType<T>, index: number): T => {
    const where = `${path}, line ${index + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(lines[index] ?? '');
    } catch (cause) {
      throw new DataError('DATA_FORMAT', `${where}: expected a line of JSON, as --manifest writes it`, { cause });
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    throw new DataError('DATA_FORMAT', `${where}: ${z.prettifyError(result.error)}`);
  };
  const { manifest: _, ...settings } = parse(headerSchema, 0);
  const entries = lines.slice(1).map((_line, i) => parse(entrySchema, i + 1));
  return { settings, entries: new Map(entries.map((entry) => [entry.file, entry])), bytes: end };
}

/**
 * Goes on with the manifest at a path, or begins one.
 *
 * @returns the entries that it has
 * @throws DataError `DATA_MISMATCH` where it is of other settings
 */
export async function continueManifest(path: string, settings: Settings): Promise<Manifest['entries']> {
  try {
    const manifest = await readManifest(path);
    checkSameSettings(path, manifest.settings, settings);
    await truncate(path, manifest.bytes);
    return manifest.entries;
  } catch (error) {
    if (!(error instanceof DataError && error.code === 'DATA_NOT_FOUND')) throw error;
    await writeWhole(path, `${JSON.stringify({ manifest: 1, ...settings })}\n`);
    return new Map();
  }
}

/** Adds a line. */
export async function appendEntry(path: string, entry: ManifestEntry): Promise<void> {
  await appendFile(path, `${JSON.stringify(entry)}\n`).catch((error: unknown) => {
    throw fileError(path, error, 'check the folder');
  });
}

/**
 * Remembers in the folder of the results what they were made with, so that no run goes on with the results of another.
 *
 * @throws DataError `DATA_MISMATCH` where they are of other settings
 */
export async function claimFolder(file: string, settings: Settings): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw fileError(file, error, 'check the folder');
    await writeWhole(file, `${JSON.stringify(settings)}\n`);
    return;
  }
  const known = settingsSchema.safeParse(parseOrUndefined(text));
  if (!known.success) throw new DataError('DATA_FORMAT', `${file}: expected the settings of the results, got ${text}`);
  checkSameSettings(file, known.data, settings);
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkSameSettings(file: string, old: Settings, { photos: _, ...now }: Settings): void {
  for (const key of Object.keys(now) as (keyof typeof now)[]) {
    if (JSON.stringify(old[key]) === JSON.stringify(now[key])) continue;
    throw new DataError(
      'DATA_MISMATCH',
      `${file}: expected the same ${key} as in the run before, ${JSON.stringify(old[key])}, to go on with it, ` +
        `got ${JSON.stringify(now[key])}: use another folder, and another manifest`,
    );
  }
}
