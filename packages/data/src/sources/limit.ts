import { DataError } from '../errors.ts';

/** How many of `count` samples to take. @throws DataError `DATA_LIMIT` where more are asked for than there are */
export function takeCount(name: string, limit: number | undefined, count: number): number {
  if (limit === undefined || limit <= count) return limit ?? count;
  throw new DataError(
    'DATA_LIMIT',
    `${name}: expected a limit in 1..${count}, the number of samples that there are, got ${limit}`,
  );
}
