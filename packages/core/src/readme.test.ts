import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect, it } from 'vitest';

it('the example in the README runs, and prints what it says', () => {
  const folder = join(import.meta.dirname, '..');
  const [, code] = /```ts\n(.*?)```/s.exec(readFileSync(join(folder, 'README.md'), 'utf8'))!;
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const output = execFileSync(execPath, ['--input-type=module-typescript', '--eval', code!], options);
  const [, first, second] = /\/\/ (loss \S+), then (loss \S+)$/m.exec(code!)!;
  expect(output).toBe(`${first}\n${second}\n`);
});
