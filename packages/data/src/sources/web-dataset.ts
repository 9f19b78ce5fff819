import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ImageDataset } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { defaultMemoryLimit } from '../picture-memory.ts';
import { pictureName } from './class-folder.ts';
import { byCodePoints, classesOf } from './class-names.ts';
import { decodeAll } from './decode-all.ts';
import type { DatasetFormat, LoadOptions, Split } from './source.ts';
import { splitNamed, takeNamedSplit } from './take-split.ts';
import { tarFiles } from './tar-files.ts';

const shardName = /\.(tar|tar\.gz|tgz)$/i;

export const webDatasetFormat: DatasetFormat = {
  description: 'a .tar file of WebDataset, with a picture and a .cls for each sample, or a folder of such shards',
  recognises: (path, entries) =>
    entries === undefined ? shardName.test(path) : entries.some(({ name }) => shardName.test(name)),
  load: loadWebDataset,
};

/** What an archive has of a sample. */
interface Sample {
  /** Shard, and path without the extension. */
  readonly name: string;
  readonly split: Split | undefined;
  picture?: Uint8Array;
  label?: string;
}

/**
 * Loads tar shards as WebDataset has them (github.com/webdataset/webdataset): the files of a sample have one path up to the
 * first dot of its last part; one is the picture, and one, `.cls`, is the number or the name of its class. Others are not
 * looked at. Shards whose names begin with train, val or test are of that split (`train-0001.tar`).
 *
 * The pictures are held as they are, compressed, until they have been decoded.
 *
 * @throws DataError `DATA_MISMATCH` for a sample without picture or class, or with two; `DATA_MEMORY`; and as `tarFiles`
 *   and `decodeAll`
 */
async function loadWebDataset(path: string, options: LoadOptions): Promise<ImageDataset> {
  const samples = new Map<string, Sample>();
  let left = options.memoryLimit ?? defaultMemoryLimit();
  for (const shard of await shardsOf(path)) {
    const split = splitNamed(/^[a-z]+/i.exec(basename(shard))?.[0] ?? '');
    for await (const { name, bytes } of tarFiles(shard)) {
      options.signal?.throwIfAborted();
      const [, key, extension] = /^((?:.*\/)?[^./][^./]*)\.([^/]*)$/.exec(name) ?? [];
      const isPicture = pictureName.test(name);
      if (key === undefined || !(isPicture || extension === 'cls')) continue;
      const full = `${shard}: ${key}`;
      const sample: Sample = samples.get(full) ?? { name: full, split };
      samples.set(full, sample);
      if ((isPicture ? sample.picture : sample.label) !== undefined) {
        throw new DataError('DATA_MISMATCH', `${full}: expected one picture and one .cls, got two ${isPicture ? 'pictures' : '.cls'}`); // biome-ignore format: one line
      }
      if (isPicture) sample.picture = bytes;
      else sample.label = Buffer.from(bytes).toString('utf8').trim();
      left -= bytes.length;
      if (left < 0) {
        throw new DataError(
          'DATA_MEMORY',
          `${path}: its pictures take more than the memory limit before they are decoded; take fewer shards, or raise it`,
        );
      }
    }
  }
  return decodeSamples(path, [...samples.values()], options);
}

async function decodeSamples(path: string, samples: readonly Sample[], options: LoadOptions): Promise<ImageDataset> {
  const wrong = samples.find(({ picture, label }) => picture === undefined || !label);
  if (wrong !== undefined || samples.length === 0) {
    const got = wrong?.picture === undefined ? 'no picture' : 'no .cls';
    throw new DataError(
      'DATA_MISMATCH',
      `${wrong?.name ?? path}: expected a picture and a .cls with its class, got ${got}`,
    );
  }
  const classes = classesOf(samples.map(({ label }) => label!));
  const labels = new Map(classes.map((name, label) => [name, label]));
  const labelled = samples.map(({ name, split, picture, label }) => ({
    ...{ name, split, source: picture! },
    label: labels.get(label!)!,
  }));
  const chosen = takeNamedSplit(path, labelled, options);
  return decodeAll(basename(resolve(path)).replace(shardName, ''), classes, chosen, options);
}

async function shardsOf(path: string): Promise<string[]> {
  if (shardName.test(path)) return [path];
  const names = (await readdir(path)).filter((name) => shardName.test(name));
  return names.sort(byCodePoints).map((name) => join(path, name));
}
