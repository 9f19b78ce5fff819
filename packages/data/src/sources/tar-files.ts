import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createTarDecoder } from 'modern-tar';
import { DataError } from '../errors.ts';
import { errorCode, fileError } from '../file-errors.ts';

/** A file of an archive. */
export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The largest file of an archive that is taken into memory. */
const mostBytes = 2 ** 28;

/**
 * The files of a tar archive, one after the other, compressed by gzip or not.
 *
 * @throws DataError naming the archive: `DATA_UNSAFE` for a path that climbs out of it, and for links; `DATA_FORMAT` where
 *   it is damaged or cut short, or a file above 256 MiB; `DATA_NOT_FOUND`, `DATA_READ`
 */
export async function* tarFiles(path: string): AsyncGenerator<TarFile> {
  const compressed = await isGzip(path);
  const file = Readable.toWeb(createReadStream(path, { highWaterMark: 1 << 18 })) as ReadableStream<
    Uint8Array<ArrayBuffer>
  >;
  const archive = compressed ? file.pipeThrough(new DecompressionStream('gzip')) : file;
  try {
    for await (const { header, body } of archive.pipeThrough(createTarDecoder({ strict: true }))) {
      checkName(path, header.name);
      const { type = 'file', size } = header;
      if (type !== 'file' && type !== 'directory') {
        throw new DataError('DATA_UNSAFE', `${path}: expected files and folders in it, got a ${type}, ${header.name}`);
      }
      if (size > mostBytes) {
        throw new DataError(
          'DATA_FORMAT',
          `${path}: expected files of at most 256 MiB, got ${size} bytes: ${header.name}`,
        );
      }
      const bytes = new Uint8Array(await new Response(body).arrayBuffer());
      if (bytes.length !== size) throw new Error(`${header.name} has ${bytes.length} of ${size} bytes`);
      if (type === 'file') yield { name: header.name, bytes };
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (/^E[A-Z]+$/.test(errorCode(error))) throw fileError(path, error, 'check the path');
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError('DATA_FORMAT', `${path}: expected a whole tar archive: ${reason}; get the file again`, {
      cause: error,
    });
  }
}

function checkName(path: string, name: string): void {
  const parts = name.split(/[/\\]/);
  if (parts[0] !== '' && !parts.includes('..') && !/^[a-z]:/i.test(name) && !name.includes('\0')) return;
  throw new DataError(
    'DATA_UNSAFE',
    `${path}: expected paths that stay in the archive's folder, got ${JSON.stringify(name)}; do not trust this archive`,
  );
}

async function isGzip(path: string): Promise<boolean> {
  try {
    await using file = await open(path);
    const magic = new Uint8Array(2);
    await file.read(magic, 0, 2, 0);
    return magic[0] === 0x1f && magic[1] === 0x8b;
  } catch (error) {
    throw fileError(path, error, 'check the path');
  }
}
