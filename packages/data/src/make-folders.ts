import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './file-errors.ts';

/**
 * Makes a folder, and those that it is in. `mkdir` with `recursive` never returns where a parent exists but takes no folders, as in
 * /proc or where a relative path begins in a folder that has been removed: so one after the other.
 *
 * @throws what the system says
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    const isThere = await access(parent).then(
      () => true,
      () => false,
    );
    if (code !== 'ENOENT' || parent === path || isThere) throw error;
    await makeFolders(parent);
    await makeFolders(path);
  }
}
