import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect, it } from 'vitest';
import { blur, multiply } from './kernels-matmul-and-blur.ts';

it('multiplies matrices', () => {
  expect([...multiply([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], 2, 3, 2)]).toEqual([58, 64, 139, 154]);
});

it('blurs an image, with black around it', () => {
  expect([...blur([16, 16, 16, 16, 16, 16], 2, 3)]).toEqual([9, 12, 9, 9, 12, 9]);
});

it('prints what it computes when it is run', () => {
  const output = execFileSync(execPath, [join(import.meta.dirname, 'kernels-matmul-and-blur.ts')], {
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
