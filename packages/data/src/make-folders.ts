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
  const parent = dirname(path);
  try {
    await makeFolder(path);
    return;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error;
  }
  const isThere = await access(parent).then(
    () => true,
    () => false,
  );
  if (!isThere) await makeFolders(parent);
  // Where the parent was there, somebody else may have just made it; or it takes no folders, which is told now.
  await makeFolder(path);
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}
