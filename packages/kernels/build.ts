/**
 * Compiles assembly/ to wasm/*.wasm, three builds of one source, unless they are newer than what they are made from (told by a
 * digest of the sources, so that a checkout of other sources is noticed whatever the clock says).
 *
 *     node packages/kernels/build.ts [--force]
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { argv, exit, stderr } from 'node:process';
import { depthwiseSource } from './scripts/depthwise.ts';
import { pixelLanesSource } from './scripts/pixel-lanes.ts';
import { tilesSource } from './scripts/tiles.ts';
import { winogradSource } from './scripts/winograd.ts';

const builds = [
  { name: 'default', panelWidth: 8, features: 'simd,relaxed-simd,threads' },
  { name: 'revectorised', panelWidth: 16, features: 'simd,relaxed-simd,threads' },
  { name: 'strict', panelWidth: 8, features: 'simd,threads' },
] as const;

const root = import.meta.dirname;
const output = join(root, 'wasm');
const stamp = join(output, 'sources.sha256');

function sources(): Map<string, string> {
  const files = readdirSync(join(root, 'assembly')).filter((file) => file.endsWith('.ts'));
  return new Map(files.sort().map((file) => [file, readFileSync(join(root, 'assembly', file), 'utf8')]));
}

function digest(files: Map<string, string>): string {
  const hash = createHash('sha256');
  const { version } = createRequire(import.meta.url)('assemblyscript/package.json');
  hash
    .update(version)
    .update(readFileSync(import.meta.filename))
    .update(tilesSource(8))
    .update(tilesSource(16))
    .update(winogradSource())
    .update(depthwiseSource(8))
    .update(depthwiseSource(16))
    .update(pixelLanesSource(8))
    .update(pixelLanesSource(16));
  for (const [name, text] of files) hash.update(name).update(text);
  return hash.digest('hex');
}

function upToDate(expected: string): boolean {
  try {
    return (
      readFileSync(stamp, 'utf8') === expected &&
      builds.every(({ name }) => readdirSync(output).includes(`${name}.wasm`))
    );
  } catch {
    return false; // not built yet
  }
}

async function compile(build: (typeof builds)[number], files: Map<string, string>): Promise<void> {
  const { default: asc } = await import('assemblyscript/asc');
  const temporary = `${build.name}.wasm.${process.pid}.tmp`;
  const virtual = new Map(files)
    .set('tiles.ts', tilesSource(build.panelWidth))
    .set('winograd-tiles.ts', winogradSource())
    .set('depthwise-tiles.ts', depthwiseSource(build.panelWidth))
    .set('pixel-lanes-tile.ts', pixelLanesSource(build.panelWidth));
  const options = [
    '--optimizeLevel',
    '3',
    '--debug',
    '--noAssert',
    '--runtime',
    'stub',
    '--importMemory',
    '--sharedMemory',
  ];
  const memory = ['--initialMemory', '1', '--maximumMemory', '65536'];
  const { error, stderr: messages } = await asc.main(
    ['index.ts', '--outFile', temporary, ...options, ...memory, '--enable', build.features],
    {
      readFile: (name) => virtual.get(name) ?? null,
      writeFile: (name, contents) => writeFileSync(join(output, name), contents),
      listFiles: () => [],
    },
  );
  if (error)
    throw new Error(`AssemblyScript could not compile the ${build.name} build:\n${messages.toString()}`, {
      cause: error,
    });
  // Renamed only when whole: whoever starts meanwhile reads the old or the new one.
  renameSync(join(output, temporary), join(output, `${build.name}.wasm`));
}

const files = sources();
const expected = digest(files);
if (argv.includes('--force') || !upToDate(expected)) {
  mkdirSync(output, { recursive: true });
  const start = performance.now();
  try {
    for (const build of builds) await compile(build, files);
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    exit(1);
  }
  writeFileSync(stamp, expected);
  stderr.write(
    `kernels: built ${builds.length} WebAssembly modules in ${((performance.now() - start) / 1000).toFixed(1)} s\n`,
  );
}
