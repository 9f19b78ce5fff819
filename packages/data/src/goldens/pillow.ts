import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Case, ourResult, pictureOf } from './cases.ts';

/** A Python with Pillow and its version; undefined where there is none. */
export function findPillow(): { python: string; version: string } | undefined {
  for (const python of ['/usr/bin/python3', 'python3']) {
    const { status, stdout } = spawnSync(python, ['-c', 'import numpy, PIL; print(PIL.__version__)']);
    if (status === 0) return { python, version: stdout.toString().trim() };
  }
  return undefined;
}

/** What Pillow makes of each case, all in one process. */
export function pillowResults(python: string, cases: readonly Case[]): Buffer[] {
  const script = fileURLToPath(new URL('pillow.py', import.meta.url));
  const input = Buffer.concat([
    Buffer.from(`${JSON.stringify(cases)}\n`),
    ...cases.map((item) => pictureOf(item).data),
  ]);
  const { status, stdout, stderr } = spawnSync(python, [script], { input, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${python} ${script} failed: ${stderr}`);
  let at = 0;
  return cases.map((item) => {
    const begin = at;
    at += ourResult(item).data.length;
    return stdout.subarray(begin, at);
  });
}
