import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stderr } from 'node:process';

/** Installs a package of npm that is no dependency of ours into a folder. @returns whether it could be had */
export function installPeer(name: string, folder: string): boolean {
  stderr.write(`installing ${name} into ${folder}, which is removed at the end\n`);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error', name];
  try {
    execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    return true;
  } catch (error) {
    stderr.write(`${name} is left out: ${error instanceof Error ? error.message : error}\n`);
    return false;
  }
}
