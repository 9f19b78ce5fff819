import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where data that was fetched is kept: `LOCKSTEP_CACHE` if it is set, else `lockstep` in the user's folder for caches
 * (`XDG_CACHE_HOME` or `~/.cache`; `~/Library/Caches`; `%LOCALAPPDATA%`).
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const { LOCKSTEP_CACHE: own, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (own) return own;
  if (platform === 'win32') return join(local || join(homedir(), 'AppData', 'Local'), 'lockstep');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'lockstep');
  return join(xdg || join(homedir(), '.cache'), 'lockstep');
}
