import { readFileSync } from 'node:fs';

/** The version of the command line, from its package. The file is as far from `src` as from `dist`. */
export function version(): string {
  const path = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
}
