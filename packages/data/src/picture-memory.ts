import { totalmem } from 'node:os';
import { DataError } from './errors.ts';

/** What decoded pictures may take where nobody said: half of the machine's memory. */
export const defaultMemoryLimit = (): number => totalmem() / 2;

/** For messages. */
export const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toPrecision(3)} GiB`;

/**
 * Refuses pictures that are many in a file, and take more than they may: such are not streamed.
 *
 * @param name of the data set or the file
 * @throws DataError `DATA_MEMORY`
 */
export function checkPictureMemory(name: string, bytes: number, memoryLimit = defaultMemoryLimit()): void {
  if (bytes <= memoryLimit) return;
  throw new DataError(
    'DATA_MEMORY',
    `${name}: expected pictures within the memory limit of ${gibibytes(memoryLimit)}, these take ${gibibytes(bytes)}, and only pictures ` +
      'with files of their own can be streamed: raise the limit, take fewer of them, or make a folder of picture files of them',
  );
}

/**
 * Shared memory for such pictures.
 *
 * @throws DataError `DATA_MEMORY`
 */
export function pictureMemory(name: string, bytes: number, memoryLimit?: number): Uint8Array<SharedArrayBuffer> {
  checkPictureMemory(name, bytes, memoryLimit);
  try {
    return new Uint8Array(new SharedArrayBuffer(bytes));
  } catch (cause) {
    throw new DataError(
      'DATA_MEMORY',
      `${name}: expected ${gibibytes(bytes)} for its pictures, the system does not give it: take fewer of them`,
      { cause },
    );
  }
}
