import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { DataError, TransformError } from './errors.ts';
import { fileError } from './file-errors.ts';
import { augmentPolicy } from './policies.ts';
import { createTransform } from './transforms/create.ts';
import type { TransformSpec } from './transforms/define.ts';

/**
 * The policy of a name, or of a file that ends in .json, .yaml or .yml: a transform or a list of them.
 *
 * @throws TransformError for a name that is none, or a file with what is no transform; DataError `DATA_NOT_FOUND`, `DATA_READ`,
 * `DATA_FORMAT` for one that cannot be read. Errors name the file
 */
export async function readPolicy(nameOrFile: string): Promise<TransformSpec> {
  const extension = extname(nameOrFile).toLowerCase();
  if (!['.json', '.yaml', '.yml'].includes(extension)) return augmentPolicy(nameOrFile);
  const text = await readFile(nameOrFile, 'utf8').catch((error: unknown) => {
    throw fileError(nameOrFile, error, 'check the path');
  });
  let value: unknown;
  try {
    value = extension === '.json' ? JSON.parse(text) : (await import('yaml')).parse(text);
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new DataError(
      'DATA_FORMAT',
      `${nameOrFile}: expected ${extension.slice(1)}, it cannot be understood: ${reason}`,
      {
        cause: error,
      },
    );
  }
  try {
    return createTransform(value).spec;
  } catch (cause) {
    if (!(cause instanceof TransformError)) throw cause;
    throw new TransformError(cause.code, `${nameOrFile}: ${cause.message}`, { cause });
  }
}
