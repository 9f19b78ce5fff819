import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect, it } from 'vitest';

// scripts/try-packed.ts runs it again with the packed package, in an empty project.
it('multiplies matrices, and blurs an image', () => {
  const output = execFileSync(execPath, [join(import.meta.dirname, 'kernels-matmul-and-blur.js')], {
    encoding: 'utf8',
  });
  expect(output.split('\n')).toEqual([
    '[1 2; 3 4] · [5 6; 7 8] = 19 22 43 50',
    '0 0 0 0 0',
    '0 1 2 1 0',
    '0 2 4 2 0',
    '0 1 2 1 0',
    '0 0 0 0 0',
    '',
  ]);
});
