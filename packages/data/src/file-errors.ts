import { DataError } from './errors.ts';

/** The code of a Node system or zlib error, '' for anything else. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * What the operating system says of a file, as a DataError that names the file.
 *
 * @param hint what to do where the file is missing
 * @param expected what is missing then
 */
export function fileError(path: string, error: unknown, hint: string, expected = 'a file'): DataError {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new DataError('DATA_NOT_FOUND', `${path}: expected ${expected}, there is none; ${hint}`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new DataError('DATA_READ', `${path}: cannot be read: ${message}`, { cause: error });
}
