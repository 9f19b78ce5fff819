import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { DataError } from '../errors.ts';
import { fileError } from '../file-errors.ts';

const extensions = new Set(['.avif', '.gif', '.jpeg', '.jpg', '.png', '.tif', '.tiff', '.webp']);

/** A picture file of a folder. */
export interface PictureFile {
  /** From the folder, with / between, whatever the system has. */
  readonly name: string;
  readonly path: string;
  /** What is wrong with it already. */
  readonly error?: DataError;
}

/**
 * The picture files of a folder and of those in it, in the order of their names. Hidden ones are left out, and links to folders:
 * those within are found where they are. A link to a file out of the folder is an error of that file.
 *
 * @throws DataError `DATA_NOT_FOUND`, `DATA_READ`
 */
export async function pictureFiles(folder: string): Promise<PictureFile[]> {
  const root = await realpath(folder).catch((error: unknown) => {
    throw fileError(folder, error, 'check the path', 'a folder with pictures');
  });
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw fileError(folder, error, 'check the path', 'a folder with pictures');
  });
  const files: PictureFile[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path).split(sep).join('/');
    if (!extensions.has(extname(name).toLowerCase()) || name.split('/').some((part) => part.startsWith('.'))) continue;
    if (entry.isFile()) files.push({ name, path });
    else if (entry.isSymbolicLink()) files.push(...(await linked(root, name, path)));
  }
  // By code units: the order of a language would depend on the machine's.
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function linked(root: string, name: string, path: string): Promise<PictureFile[]> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) {
    const error = new DataError('DATA_NOT_FOUND', `${path}: expected a picture file, got a link to nothing; remove it`);
    return [{ name, path, error }];
  }
  if (!(await stat(real)).isFile()) return [];
  if (isWithin(real, root)) return [{ name, path: real }];
  const message = `${path}: expected a picture file in the folder, got a link out of it, to ${real}: copy the file`;
  return [{ name, path, error: new DataError('DATA_READ', message) }];
}

/** Whether a path is that of a folder or of something in it; both are real paths. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
