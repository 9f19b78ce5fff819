/**
 * Installs the packages as they would be published into an empty project, and uses two of them there: what is missing from
 * a tarball, or only works in the workspace, shows here. On Linux also with the oldest Node.js that they are for, and the
 * kernels in Chromium where that is installed.
 *
 *     node scripts/try-packed.ts
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { hasChromium, runInChromium } from '../packages/kernels/src/testing/browser.ts';
import { compute } from '../packages/kernels/src/testing/browser-work.ts';

const root = join(import.meta.dirname, '..');
const project = mkdtempSync(join(tmpdir(), 'lockstep-packed-'));
// What is run here must be this Node.js, whatever the machine's own is.
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const install = (...what: string[]): string =>
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error', ...what], project);

function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: expected ${expected}, got ${actual}`);
}

/** This Node.js, and the oldest that the packages are for; npm has it as a package. */
function nodes(): string[] {
  if (process.platform !== 'linux') return [process.execPath];
  const name = `node-linux-${process.arch}`;
  install(`${name}@24`);
  return [process.execPath, join(project, 'node_modules', name, 'bin', 'node')];
}

function tryExample(node: string): void {
  const example = 'kernels-matmul-and-blur.js';
  copyFileSync(join(root, 'examples', example), join(project, example));
  const lines = run(node, [example], project).split('\n');
  expect(`the matrix product on ${node}`, lines[0], '[1 2; 3 4] · [5 6; 7 8] = 19 22 43 50');
  expect(`the middle of the blurred image on ${node}`, lines[3], '0 2 4 2 0');
}

/** @returns the digest of the weights */
function tryTraining(node: string, runDir: string): string {
  const lockstep = join('node_modules', 'lockstep', 'dist', 'main.js');
  const options = ['--epochs', '1', '--limit-train', '500', '--limit-test', '100', '--run-dir', runDir, '--json'];
  const lines = run(node, [lockstep, 'train', ...options], project)
    .trim()
    .split('\n');
  const done = JSON.parse(lines.at(-1)!);
  expect('the last event', done.event, 'done');
  expect('the run folder', readdirSync(join(project, runDir)).includes('report.html'), true);
  return done.weightsSha256;
}

async function tryBrowser(): Promise<void> {
  const folder = join(project, 'node_modules', '@lockstep', 'kernels');
  const entry = join('dist', 'index.js');
  const { error, results } = await runInChromium({ root: folder, entry, isolated: true });
  expect('the error in Chromium', error, undefined);
  const kernels = await import(join(folder, entry));
  expect('the same bits in Chromium', isDeepStrictEqual(results?.default, compute(kernels, 'default')), true);
}

try {
  const tarballs = join(project, 'tarballs');
  for (const name of readdirSync(join(root, 'packages'))) {
    run('pnpm', ['pack', '--pack-destination', tarballs], join(root, 'packages', name));
  }
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  install(...readdirSync(tarballs).map((file) => join(tarballs, file)));
  const digests = nodes().map((node, i) => {
    tryExample(node);
    return tryTraining(node, `run-${i}`);
  });
  expect('the same weights on every Node.js', new Set(digests).size, 1);
  if (hasChromium()) await tryBrowser();
} finally {
  rmSync(project, { recursive: true, force: true });
}
