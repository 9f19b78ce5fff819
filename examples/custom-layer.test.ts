import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect, it } from 'vitest';

const folder = import.meta.dirname;

it('has right gradients, and the same bits for any number of workers', () => {
  const output = execFileSync(execPath, [join(folder, 'custom-layer.ts')], { encoding: 'utf8' });
  const lines = output.trimEnd().split('\n');
  expect(lines.slice(0, -3)).toEqual(
    ['swish.beta', 'fc.weight', 'fc.bias', 'input'].map((name) => `${name}: as the differences`),
  );
  const digests = lines.slice(-3).map((line) => /^[123] workers: ([0-9a-f]{64})$/.exec(line)?.[1]);
  expect(new Set(digests).size).toBe(1);
  expect(digests[0]).toBeDefined();
});

it.each(['swish', 'net'])('is what docs/adding-a-layer.md shows of %s', (name) => {
  const text = readFileSync(join(folder, '../docs/adding-a-layer.md'), 'utf8');
  expect(text).toContain(`\`\`\`ts\n${readFileSync(join(folder, `custom-layer-${name}.ts`), 'utf8')}\`\`\`\n`);
});
