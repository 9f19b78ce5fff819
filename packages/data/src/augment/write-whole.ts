import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from '../file-errors.ts';

/**
 * Writes a file that is whole or not there: beside its place, then moved. A link in its place is replaced, not followed.
 *
 * @throws DataError `DATA_READ`, `DATA_NOT_FOUND` naming the file
 */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.part`);
  try {
    await rm(part, { force: true });
    await writeFile(part, data, { flag: 'wx' });
    await rename(part, path);
  } catch (error) {
    throw fileError(path, error, 'check the folder', 'a folder to write it to');
  }
}
