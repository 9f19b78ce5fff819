import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileError } from '../file-errors.ts';

/** Where a path leads in the end, and whether that is below a folder whose own real path is given. */
export async function realPathInside(path: string, realRoot: string): Promise<{ target: string; inside: boolean }> {
  const target = await realpath(path).catch((error: unknown) => {
    throw fileError(path, error, 'check the path, or where the symbolic link leads');
  });
  return { target, inside: target.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep) };
}
