import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolders } from './make-folders.ts';

it('makes what is missing, also where another does the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-folders-'));
  try {
    const path = join(folder, 'a', 'b', 'c');
    const paths = Array.from({ length: 30 }, (_, i) => join(folder, 'a', `${i % 3}`, 'c', `${i}`));
    await Promise.all([path, path, ...paths].map(makeFolders));
    await makeFolders(path);
    expect((await stat(path)).isDirectory()).toBe(true);
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolders(join(folder, 'file'))).rejects.toThrow('EEXIST');
    await expect(makeFolders(join(folder, 'file', 'x'))).rejects.toThrow('ENOTDIR');
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.runIf(process.platform === 'linux')('ends where a folder takes no folders', async () => {
  await expect(makeFolders('/proc/lockstep/a')).rejects.toThrow('ENOENT');
});
