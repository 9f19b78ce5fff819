import { spawnSync } from 'node:child_process';

/** What a Python script answers with where what it imports is not installed. */
const missing = 3;

/**
 * Runs a script with Debian's Python, which has PyTorch where `python3-torch` is installed.
 *
 * @param input what the script reads
 * @returns what it wrote, or undefined where there is no Python or no PyTorch
 */
export function runPython(script: URL, args: readonly string[] = [], input = ''): string | undefined {
  const run = spawnSync('/usr/bin/python3', [script.pathname, ...args], {
    encoding: 'utf8',
    input,
    maxBuffer: 2 ** 28,
    // PyTorch's threads wait for each other by spinning: on cores that others use too they are many times slower than one.
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  if (run.error !== undefined || run.status === missing) return undefined;
  if (run.status !== 0) throw new Error(`${script.pathname} failed: ${run.stderr}`);
  return run.stdout;
}
