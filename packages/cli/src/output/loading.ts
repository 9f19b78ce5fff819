import type { LoadProgress } from '@lockstep/data';
import { formatBytes, formatCount, formatShare } from './format.ts';

/** What a line of progress says while data is loaded or fetched, most important first. */
export function loadingParts({ name, unit, done, total }: LoadProgress): string[] {
  const amounts =
    unit === 'bytes'
      ? `${formatBytes(done)} of ${formatBytes(total)}`
      : `${formatCount(done)} of ${formatCount(total)} pictures`;
  return [`${unit === 'bytes' ? 'fetching' : 'loading'} ${name}`, formatShare(done / total, 0), amounts];
}
