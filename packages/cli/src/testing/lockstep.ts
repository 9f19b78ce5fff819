import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a run of the command ended. */
export interface Finished {
  /** null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The environment, less what makes the output depend on who runs the tests. */
const environmentOfTests = (): NodeJS.ProcessEnv => {
  // The compile cache halves the start of a process, of which there are many here.
  const cache = join(tmpdir(), 'lockstep-test-compile-cache');
  const kept: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: cache };
  for (const name of ['FORCE_COLOR', 'NODE_OPTIONS', 'LOCKSTEP_FAULT', 'npm_lifecycle_event']) delete kept[name];
  return kept;
};

export interface RunOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** For Node itself. */
  readonly execArgv?: readonly string[];
  /** No file may grow beyond this; not on Windows. */
  readonly maxFileKibibytes?: number;
}

/** Starts the real command in a process of its own. */
export function startLockstep(argv: readonly string[], options: RunOptions): Started {
  const { cwd, environment, execArgv = [], maxFileKibibytes } = options;
  const command = [process.execPath, ...execArgv, main, ...argv];
  // POSIX counts the limit in blocks of 512 bytes.
  const limited = ['sh', '-c', 'ulimit -f "$0" && exec "$@"', String((maxFileKibibytes ?? 0) * 2), ...command];
  const [file, ...args] = maxFileKibibytes === undefined ? command : limited;
  const child = spawn(file!, args, {
    cwd,
    env: { ...environmentOfTests(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = once(child, 'close').then(([code]: unknown[]) => ({ code: code as number | null, stdout, stderr }));
  return { process: child, finished };
}

export const lockstep = (argv: readonly string[], options: RunOptions): Promise<Finished> =>
  startLockstep(argv, options).finished;

/** The lines of standard output with `--json`; throws if one is no JSON object. */
export function events(stdout: string): Record<string, unknown>[] {
  if (stdout !== '' && !stdout.endsWith('\n')) throw new Error(`the last line is not whole: ${stdout}`);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`no object: ${line}`);
      return value as Record<string, unknown>;
    });
}
