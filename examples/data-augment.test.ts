import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect, it } from 'vitest';

it('turns and shifts a picture eight times, alike in every run', () => {
  const run = () => execFileSync(execPath, [join(import.meta.dirname, 'data-augment.ts')], { encoding: 'utf8' });
  const output = run();
  expect(output.match(/"degrees"/g)).toHaveLength(8);
  expect(output).toContain(
    '[{"degrees":-13.035825798287988},{"pixels":1}]\n         \n   .     \n   *:    \n :.#.    \n.*###*.',
  );
  expect(output.match(/ \| /g)).toHaveLength(4);
  expect(run()).toBe(output);
});
