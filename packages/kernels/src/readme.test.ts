import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect, it } from 'vitest';

it("runs the README's example, which prints what it says", () => {
  const root = join(import.meta.dirname, '..');
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)![1]!;
  const expected = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, output]) => output);
  expect(expected.length).toBe(1);
  const args = ['--input-type=module-typescript', '--eval', example];
  const output = execFileSync(execPath, args, { cwd: root, encoding: 'utf8' });
  expect(output).toBe(`${expected[0]}\n`);
});
