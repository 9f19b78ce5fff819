import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect, it } from 'vitest';

it('learns which way the stripes go, without threads', () => {
  const output = execFileSync(execPath, [join(import.meta.dirname, 'core-one-step.ts')], { encoding: 'utf8' });
  const losses = Array.from(output.matchAll(/^step (\d+): loss (\d\.\d{4})$/gm), ([, step, loss]) => [
    Number(step),
    Number(loss),
  ]);
  expect(losses.map(([step]) => step)).toEqual([10, 20, 30, 40]);
  expect(losses[0]![1]).toBeGreaterThan(0.1);
  expect(losses[3]![1]).toBeLessThan(0.02);
});
