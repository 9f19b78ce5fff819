import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tarFiles } from './tar-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-tar-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(bytes: Uint8Array): Promise<[string, string][]> {
  const path = join(folder, 'a.tar');
  await writeFile(path, bytes);
  const files: [string, string][] = [];
  for await (const { name, bytes } of tarFiles(path)) files.push([name, Buffer.from(bytes).toString()]);
  return files;
}

const file = (name: string, body = 'x') => ({ header: { name, size: body.length }, body });

it('gives the files of an archive, gzipped or not', async () => {
  const tar = await packTar([
    { header: { name: 'd/', type: 'directory', size: 0 } },
    file('d/1.txt', 'one'),
    file('..2.txt', ''),
  ]);
  const expected = [
    ['d/1.txt', 'one'],
    ['..2.txt', ''],
  ];
  expect(await read(tar)).toEqual(expected);
  expect(await read(gzipSync(tar))).toEqual(expected);
});

it.each(['../up', '/etc/passwd', 'a/../../up', 'a\\..\\up', 'C:\\up', '..'])('refuses the path %j', async (name) => {
  await expect(read(await packTar([file('good'), file(name)]))).rejects.toMatchObject({
    code: 'DATA_UNSAFE',
    message: expect.stringContaining(`expected paths that stay in the archive's folder, got ${JSON.stringify(name)}`),
  });
});

it('refuses links', async () => {
  const link = { header: { name: 'a', type: 'symlink', linkname: '/etc', size: 0 } } as const;
  await expect(read(await packTar([link]))).rejects.toMatchObject({ code: 'DATA_UNSAFE' });
});

it('refuses what is cut short, damaged, or says that it is enormous', async () => {
  const tar = await packTar([file('a', 'abc'.repeat(1000))]);
  await expect(read(tar.subarray(0, 1000))).rejects.toMatchObject({ code: 'DATA_FORMAT' });
  await expect(read(gzipSync(tar).subarray(0, 60))).rejects.toMatchObject({ code: 'DATA_FORMAT' });
  await expect(read(Buffer.from('no archive'.repeat(100)))).rejects.toMatchObject({ code: 'DATA_FORMAT' });
  const large = Buffer.from(tar);
  large.write('77777777777', 124); // size, octal
  large.write('        ', 148);
  const sum = large.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  large.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  await expect(read(large)).rejects.toMatchObject({
    message: expect.stringContaining('at most 256 MiB, got 8589934591'),
  });
  const missing = tarFiles(join(folder, 'missing.tar')).next();
  await expect(missing).rejects.toMatchObject({ code: 'DATA_NOT_FOUND' });
});
