/**
 * Installs the packages as they would be published into an empty project, and uses two of them there: what is missing from
 * a tarball, or only works in the workspace, shows here.
 *
 *     node scripts/try-packed.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const project = mkdtempSync(join(tmpdir(), 'lockstep-packed-'));
// What is run here must be this Node.js, whatever the machine's own is.
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: expected ${expected}, got ${actual}`);
}

try {
  const tarballs = join(project, 'tarballs');
  for (const name of readdirSync(join(root, 'packages'))) {
    run('pnpm', ['pack', '--pack-destination', tarballs], join(root, 'packages', name));
  }
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const files = readdirSync(tarballs).map((file) => join(tarballs, file));
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error', ...files], project);

  writeFileSync(
    join(project, 'matmul.js'),
    `import { matmul, matmulScratchFloats, Workspace } from '@lockstep/kernels';
const work = Workspace.create(1 << 20);
const [a, b, c] = [work.put([1, 2, 3, 4]), work.put([5, 6, 7, 8]), work.floats(4)];
const size = { rows: 2, depth: 2, columns: 2 };
matmul(work.kernels, a, b, c, size, work.floats(matmulScratchFloats(work.kernels, size)));
console.log(work.read(c, 4).join(' '));
`,
  );
  expect('the matrix product', run(process.execPath, ['matmul.js'], project).trim(), '19 22 43 50');

  const lockstep = join('node_modules', 'lockstep', 'dist', 'main.js');
  const options = ['--epochs', '1', '--limit-train', '500', '--limit-test', '100', '--run-dir', 'run', '--json'];
  const done = JSON.parse(
    run(process.execPath, [lockstep, 'train', ...options], project)
      .trim()
      .split('\n')
      .at(-1)!,
  );
  expect('the last event', done.event, 'done');
  expect('the run folder', readdirSync(join(project, 'run')).includes('report.html'), true);
} finally {
  rmSync(project, { recursive: true, force: true });
}
