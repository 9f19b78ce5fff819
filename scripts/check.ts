/**
 * The checks besides the tests: format and lint, types, what would be published, unused code, circular imports.
 *
 *     pnpm check
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);

const checks: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'check', '.'],
  ['types', 'tsc', '-p', 'tsconfig.check.json'],
  ['build', 'tsc', '-b'],
  ...packages.map((folder) => [`${folder} as published`, 'publint', '--strict', '--pack', 'pnpm', folder] as const),
  ['the packages in an empty project', 'node', 'scripts/try-packed.ts'],
  ['unused code', 'knip'],
  [
    'circular imports',
    'dpdm',
    '--no-tree',
    '--no-warning',
    '--no-progress',
    '--transform',
    '--exit-code',
    'circular:1',
    ...packages.map((folder) => `${folder}/src/index.ts`),
  ],
];

// A build from nothing: a file that is gone from the sources must not live on in what is published.
for (const folder of packages) {
  for (const stale of ['dist', 'tsconfig.tsbuildinfo'])
    rmSync(join(root, folder, stale), { recursive: true, force: true });
}

let failed = 0;
for (const [name, command, ...args] of checks) {
  const start = performance.now();
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const passed = status === 0;
  if (!passed) failed++;
  console.log(`${passed ? 'ok' : 'FAILED'}  ${name} (${seconds} s)${error ? `: ${error.message}` : ''}`);
}
console.log(`checks: ${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
