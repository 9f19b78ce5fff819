import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  algorithmTableSchema,
  decodeSafetensors,
  type Graph,
  gradientClipSchema,
  type OutputLoss,
  optimiserSchema,
  type StateDict,
  scheduleSchema,
} from '@lockstep/core';
import {
  type ImageShape,
  makeFolders,
  mixingSchema,
  type Normalisation,
  samplers,
  type TransformSpec,
} from '@lockstep/data';
import { kernelBuilds } from '@lockstep/kernels';
import { z } from 'zod';
import { TrainerError } from './errors.ts';
import { importLayerFiles, layerFileSchema } from './layer-files.ts';
import { trainOptionsSchema } from './options.ts';
import { reasonOf } from './reason.ts';

/** Files of a run's folder. */
export const runFiles = {
  config: 'config.json',
  metrics: 'metrics.jsonl',
  checkpoints: 'checkpoint',
  model: 'model.safetensors',
  report: 'report.html',
} as const;

/** Raised when what is written changes, so that an older Lockstep says so instead of misreading it. */
const configVersion = 1;

const normalisationSchema = z.object({
  mean: z.array(z.number()).readonly(),
  std: z.array(z.number()).readonly(),
});
const surveySchema = z.object({
  fingerprint: z.string(),
  broken: z.array(z.int()).readonly(),
  statistics: normalisationSchema,
});

const configSchema = z.object({
  version: z.literal(configVersion),
  created: z.string(),
  lockstep: z.string(),
  options: trainOptionsSchema,
  recipe: z.object({
    graph: z.custom<Graph>((value) => typeof value === 'object' && value !== null && 'nodes' in value),
    algorithms: algorithmTableSchema.optional(),
    batch: z.int(),
    shards: z.int(),
    ghostBatch: z.int().min(1).optional(),
    accumulate: z.int().min(1).optional(),
    epochs: z.int(),
    seed: z.int(),
    losses: z.custom<readonly OutputLoss[]>((value) => Array.isArray(value)).optional(),
    optimiser: optimiserSchema,
    gradientClip: gradientClipSchema.optional(),
    schedule: scheduleSchema,
    frozen: z.array(z.string()).readonly().optional(),
    learningRates: z.record(z.string(), z.number()).optional(),
    headWarmUp: z.object({ epochs: z.number(), head: z.array(z.string()).readonly() }).optional(),
    sampler: z.enum(samplers).optional(),
    augment: z.custom<TransformSpec>((value) => typeof value === 'object' && value !== null),
    mixing: mixingSchema.optional(),
    normalisation: z.custom<Normalisation>((value) => typeof value === 'object' && value !== null && 'mean' in value),
  }),
  /** The code of layers from outside, which the folder has not. */
  layers: z.array(layerFileSchema).optional(),
  workers: z.int(),
  kernels: z.enum(kernelBuilds),
  classes: z.array(z.string()),
  /** What pictures were before the augmentation; and how files were brought to that, if the data was of such. */
  pictures: z
    .object({
      height: z.int(),
      width: z.int(),
      channels: z.int(),
      fit: z.enum(['cover', 'contain', 'fill']),
      background: z.tuple([z.int(), z.int(), z.int()]).readonly(),
    })
    .partial()
    .optional(),
  /** What looking through streamed pictures came to, which need not be done again. */
  surveys: z
    .object({ train: surveySchema.optional(), validation: surveySchema.optional(), test: surveySchema.optional() })
    .optional(),
  machine: z.record(z.string(), z.union([z.string(), z.number()])),
});

/** What `config.json` holds: all that `eval`, `predict` and `--resume` need to know of a run. */
export type RunConfig = z.output<typeof configSchema>;

/** The shape of a run's pictures before the augmentation: where nobody wrote it down, what the network reads. */
export function pictureShape({ pictures, recipe }: Pick<RunConfig, 'pictures' | 'recipe'>): ImageShape {
  const [height, width, channels] = recipe.graph.inputs[0]!.shape as [number, number, number];
  return {
    height: pictures?.height ?? height,
    width: pictures?.width ?? width,
    channels: pictures?.channels ?? channels,
  };
}

/** Where runs are whose folder nobody chose. */
const runsFolder = 'runs';

/** runs/<date>-<model>-<data>, with a number behind it if that is taken. */
export async function newRunFolder(model: string, data: string, now: Date, root = runsFolder): Promise<string> {
  const day = now.toISOString().slice(0, 10);
  const name = `${day}-${model}-${basename(resolve(data)) || 'data'}`.replaceAll(/[^\w.-]+/g, '-');
  const taken = new Set(await readdir(root).catch((): string[] => []));
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}-${i}`;
    if (!taken.has(candidate)) return join(root, candidate);
  }
}

/**
 * Makes the folder of a new run.
 *
 * @throws TrainerError `TRAINER_RUN_FOLDER` if there is a run in it already, or it cannot be written to.
 */
export async function createRunFolder(folder: string): Promise<void> {
  const existing = await readdir(folder).catch((): string[] => []);
  if (existing.includes(runFiles.config)) {
    throw new TrainerError(
      'TRAINER_RUN_FOLDER',
      `${folder} holds a run already: choose another --run-dir, or go on with it with --resume ${folder}`,
    );
  }
  const left = await readdir(join(folder, runFiles.checkpoints)).catch((): string[] => []);
  if (left.length > 0) {
    throw new TrainerError(
      'TRAINER_RUN_FOLDER',
      `${join(folder, runFiles.checkpoints)} has files of a run that did not begin: remove them, or choose another --run-dir`,
    );
  }
  try {
    await makeFolders(join(folder, runFiles.checkpoints));
  } catch (cause) {
    throw new TrainerError(
      'TRAINER_RUN_FOLDER',
      `cannot write to ${folder}: ${reasonOf(cause)}; choose another --run-dir`,
      { cause },
    );
  }
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Writes a file whole or not at all. @param option what names another place */
export async function writeWhole(path: string, contents: string | Uint8Array, option = '--run-dir'): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, contents);
    const file = await open(temporary, 'r');
    await file.sync().finally(() => file.close());
    await rename(temporary, path);
  } catch (cause) {
    // What there is of it is of no use, and on a full disk the room is.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw notWritten(path, cause, option);
  }
}

/** What to throw where something of the run's folder could not be written. */
export function notWritten(path: string, cause: unknown, option = '--run-dir'): TrainerError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const reason = code === 'ENOENT' ? `there is no folder ${dirname(path)}` : reasonOf(cause);
  const first = code === 'ENOENT' ? 'make it' : code === 'EACCES' ? 'make it writable' : 'make room there';
  const message = `could not write ${path}: ${reason}; ${first}, or choose another ${option}`;
  return new TrainerError('TRAINER_RUN_FOLDER', message, { cause });
}

export const writeConfig = (folder: string, config: RunConfig): Promise<void> =>
  writeWhole(join(folder, runFiles.config), `${JSON.stringify(config, null, 2)}\n`);

/**
 * Reads the configuration of a run, and makes its network's layers known.
 *
 * @param onWarning told of the code of a layer that has changed since the run began
 * @throws TrainerError `TRAINER_RUN_FOLDER` if there is no run in the folder, or its configuration cannot be understood;
 * `TRAINER_VERSION` if it is of another version; `TRAINER_LAYERS` if the code of a layer is gone
 */
export async function readConfig(
  folder: string,
  onWarning: (message: string) => void = () => undefined,
): Promise<RunConfig> {
  const config = await parseConfig(folder);
  await importLayerFiles(config.recipe.graph, config.layers ?? [], onWarning);
  return config;
}

async function parseConfig(folder: string): Promise<RunConfig> {
  const path = join(folder, runFiles.config);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new TrainerError(
      'TRAINER_RUN_FOLDER',
      `expected the folder of a run, but there is no ${path}: name a folder that "lockstep train" made`,
      { cause },
    );
  }
  try {
    const json: unknown = JSON.parse(text);
    checkVersion(path, json, configVersion);
    return configSchema.parse(json);
  } catch (cause) {
    if (cause instanceof TrainerError) throw cause;
    throw new TrainerError('TRAINER_RUN_FOLDER', `${path} cannot be understood: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * The run in `root` that was written to last, for `--resume` without a folder.
 *
 * @throws TrainerError `TRAINER_RUN_FOLDER` if there is none
 */
export async function latestRunFolder(root = runsFolder): Promise<string> {
  const runs = await Promise.all(
    (await readdir(root).catch((): string[] => [])).map(async (name) => {
      const folder = join(root, name);
      // A checkpoint that is written or removed changes the time of the folder that it is in.
      const times = await Promise.all([
        stat(join(folder, runFiles.config)),
        stat(join(folder, runFiles.checkpoints)),
      ]).catch(() => []);
      return { folder, time: Math.max(...times.map(({ mtimeMs }) => mtimeMs)) };
    }),
  );
  const last = runs.filter(({ time }) => Number.isFinite(time)).sort((a, b) => b.time - a.time)[0];
  if (last) return last.folder;
  throw new TrainerError(
    'TRAINER_RUN_FOLDER',
    `there is no run in ${resolve(root)} to go on with: name its folder, as in --resume DIR`,
  );
}

/** The trained weights of a run. @throws TrainerError `TRAINER_RUN_FOLDER` if there are none yet. */
export async function readModel(folder: string): Promise<StateDict> {
  const path = join(folder, runFiles.model);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new TrainerError('TRAINER_RUN_FOLDER', `there is no ${path}: the run has not finished an epoch`, { cause });
  }
  return decodeSafetensors(bytes, path).state;
}

/** @throws TrainerError `TRAINER_VERSION`, whatever else is in the content; ZodError if it has no version */
export function checkVersion(where: string, content: unknown, expected: number): void {
  const { version } = z.object({ version: z.number() }).parse(content);
  if (version === expected) return;
  throw new TrainerError(
    'TRAINER_VERSION',
    `${where} has version ${version}, and this Lockstep reads version ${expected}: use the Lockstep that it was written with`,
  );
}
