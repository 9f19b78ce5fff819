import { readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { events, startLockstep } from '../../packages/cli/src/testing/lockstep.ts';
import type { Generator } from '../../packages/core/src/index.ts';
import { faultPoints, runFaultPoints } from '../../packages/trainer/src/index.ts';
import { type Configuration, chance, pick } from './configuration.ts';
import type { Tally } from './tally.ts';

/** How long a process takes at most, from what was seen so far, in milliseconds: instants to kill are random within it. */
let longestMs = 500;

/**
 * Trains with the command, which is killed or stopped again and again, and goes on each time, with another number of workers, and
 * sometimes without its newest checkpoint.
 *
 * @returns the digest of the weights at the end
 */
export async function killedRun(
  { options, mostWorkers }: Configuration,
  random: Generator,
  tally: Tally,
  cwd: string,
): Promise<string> {
  await writeFile(join(cwd, 'options.json'), JSON.stringify(options));
  const breaks = 2 + random.integer(9);
  for (let i = 0; ; i++) {
    const begun = (await readdir(join(cwd, 'run')).catch((): string[] => [])).includes('config.json');
    const argv = begun ? ['train', '--resume', 'run'] : ['train', '--config', 'options.json', '--run-dir', 'run'];
    const workers = 1 + random.integer(mostWorkers);
    const last = i === breaks;
    const environment = last ? {} : randomFault(random, workers);
    const start = performance.now();
    const { process: child, finished } = startLockstep([...argv, '--workers', String(workers), '--json'], {
      cwd,
      environment,
    });
    const signal = pick(random, ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM'] as const);
    const timer = last ? undefined : setTimeout(() => child.kill(signal), random.uniform(0, 1.2 * longestMs));
    const { code, stdout, stderr } = await finished;
    clearTimeout(timer);
    tally.add(begun ? 'process that goes on with a run' : 'process that begins a run');
    for (const { msg } of events(stderr)) {
      if (/^worker \d+ failed/.test(String(msg))) tally.add('worker replaced in a process');
      else if (/cannot be used/.test(String(msg))) tally.add('damaged checkpoint passed over');
    }
    if (code === 0) {
      longestMs = Math.max(longestMs, performance.now() - start);
      return String(events(stdout).at(-1)!.weightsSha256);
    }
    if (code === null) tally.add('process killed');
    else if (code === 143) tally.add('process stopped by SIGTERM');
    else if (code === 130) tally.add('process stopped by Ctrl-C');
    else throw new Error(`exit code ${code}: ${stderr}`);
    if (chance(random, 0.2)) await damageNewestCheckpoint(join(cwd, 'run', 'checkpoint'), random, tally);
  }
}

/** The environment of a process in which something fails, as often as not. */
function randomFault(random: Generator, workers: number): Record<string, string> {
  if (chance(random, 0.4)) return {};
  const kind = pick(random, ['throw', 'exit', 'kill'] as const);
  const at = pick(random, kind === 'kill' ? [...faultPoints, ...runFaultPoints] : faultPoints);
  const fault = { kind, at, rank: random.integer(workers), step: random.integer(20) };
  return { LOCKSTEP_FAULT: JSON.stringify(fault) };
}

/** As a disk might. Not where it is the only one, since then the run would rightly refuse to go on. */
async function damageNewestCheckpoint(folder: string, random: Generator, tally: Tally): Promise<void> {
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => /^step-\d+$/.test(name)).sort();
  if (names.length < 2) return;
  const newest = join(folder, names.at(-1)!);
  const file = join(newest, pick(random, await readdir(newest)));
  if (chance(random, 0.5)) await truncate(file, random.integer((await stat(file)).size));
  else await rm(file);
  tally.add('checkpoint damaged');
}
