import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Normalisation } from '../normalisation.ts';
import { forEachBounded } from './for-each-bounded.ts';

/** What looking through the files of a streamed data set came to: plain data, to be kept, so that it need not be done again. */
export interface PictureSurvey {
  /** SHA-256 over which files they are, their sizes and times, and what they become. */
  readonly fingerprint: string;
  /** Which of them cannot be decoded, by their place in the list. */
  readonly broken: readonly number[];
  readonly statistics: Normalisation;
}

/**
 * What must be the same for a survey to hold.
 *
 * @param become what decides the pixels besides the files
 */
export async function fingerprintOf(
  pictures: readonly { readonly name: string; readonly source: string | Uint8Array }[],
  become: object,
): Promise<string> {
  const facts: string[] = [];
  await forEachBounded(pictures.length, 16, async (i) => {
    const { name, source } = pictures[i]!;
    if (typeof source === 'string') {
      const found = await stat(source).catch(() => undefined); // one that is gone is told of when it is decoded
      facts[i] = `${name} ${found?.size} ${found?.mtimeMs}`;
    } else facts[i] = `${name} ${createHash('sha256').update(source).digest('hex')}`;
  });
  return createHash('sha256')
    .update(JSON.stringify([become, facts]))
    .digest('hex');
}
