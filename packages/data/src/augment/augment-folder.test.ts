import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../goldens/digest.ts';
import { augment } from './augment.ts';
import { augmentFolder, augmentFromManifest } from './augment-folder.ts';
import type { AugmentFolderOptions } from './options.ts';
import { readPicture } from './read-picture.ts';

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-augment-'));
  await mkdir(at('photos', 'cats'), { recursive: true });
  for (const [i, name] of ['b.png', 'cats/a.jpg', 'cats/a.png', 'z.webp'].entries()) {
    const data = Uint8Array.from({ length: 16 * (10 + i) * 3 }, (_, k) => (k * (29 + i)) & 255);
    await sharp(data, { raw: { height: 16, width: 10 + i, channels: 3 } }).toFile(at('photos', name));
  }
  await writeFile(at('photos', 'notes.txt'), 'no picture');
});
afterEach(() => rm(folder, { recursive: true }));

const run = (options: Partial<AugmentFolderOptions> = {}, extra = {}) =>
  augmentFolder(at('photos'), { out: at('out'), policy: 'pixmix', copies: 2, seed: 1, ...options }, extra);

/** The files of a folder with digests of their bytes. */
async function contents(path: string): Promise<Record<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1));
  const digests = await Promise.all(
    files.sort().map(async (file) => [file, digestOf(await readFile(join(path, file)))]),
  );
  return Object.fromEntries(digests);
}

const results = ['b.png-1.png', 'b.png-2.png', 'cats/a.jpg-1.png', 'cats/a.jpg-2.png', 'cats/a.png-1.png', 'cats/a.png-2.png', 'z.webp-1.png', 'z.webp-2.png']; // biome-ignore format: one line

describe('augmentFolder', () => {
  it('writes copies of all pictures, the same in every run, and leaves the pictures alone', async () => {
    const before = await contents(at('photos'));
    expect(await run()).toEqual({ done: 4, total: 4, kept: 0, written: 8, broken: [], interrupted: false });
    const first = await contents(at('out'));
    expect(Object.keys(first)).toEqual(['.lockstep-augment.json', ...results]);
    await run({ out: at('again') });
    const again = await contents(at('again'));
    expect(again).toEqual(first);
    expect(await contents(at('photos'))).toEqual(before);
    const [a, b] = [await readFile(at('out', 'b.png-1.png')), await readFile(at('out', 'b.png-2.png'))];
    expect(digestOf(a)).not.toBe(digestOf(b));
  });

  it('does the same to a picture whatever else there is', async () => {
    await run();
    await rm(at('photos', 'b.png'));
    await run({ out: at('fewer'), copies: 1 });
    const [all, fewer] = [await contents(at('out')), await contents(at('fewer'))];
    expect(fewer['cats/a.jpg-1.png']).toBe(all['cats/a.jpg-1.png']);
  });

  it('goes on where it was stopped, to the same bytes', async () => {
    const options = { manifest: at('m.jsonl') };
    await run({ ...options, out: at('whole'), manifest: at('whole.jsonl') });
    const controller = new AbortController();
    const stopped = await run(options, { signal: controller.signal, onProgress: () => controller.abort() });
    expect(stopped.interrupted).toBe(true);
    expect(stopped.done).toBeLessThan(4 + 1);
    // A kill leaves half a line, and half a file beside its place; or a result that no line tells of.
    await writeFile(at('m.jsonl'), `${await readFile(at('m.jsonl'), 'utf8')}{"file":"z.we`);
    await writeFile(at('out', '.z.webp-1.png.part'), 'half');
    await rm(at('out', 'b.png-2.png'));
    const rest = await run(options);
    expect(rest).toMatchObject({ done: 4, interrupted: false });
    const [whole, out] = [await contents(at('whole')), await contents(at('out'))];
    expect(out).toEqual(whole);
    const third = await run(options);
    expect(third).toMatchObject({ kept: 4, written: 0 });
    const lines = (await readFile(at('m.jsonl'), 'utf8')).trim().split('\n');
    expect(new Set(lines)).toEqual(new Set((await readFile(at('whole.jsonl'), 'utf8')).trim().split('\n')));
  });

  it('does not go on with results of other options', async () => {
    await run();
    await expect(run({ seed: 2 })).rejects.toThrow(
      'expected the same seed as in the run before, 1, to go on with it, got 2',
    );
    await expect(run({ policy: 'light' })).rejects.toThrow('expected the same policy');
    expect(await run({ copies: 3 })).toMatchObject({ written: 12 });
  });

  it('does again what a manifest says', async () => {
    await run({ manifest: at('m.jsonl') });
    expect(await augmentFromManifest(at('m.jsonl'), { out: at('again') })).toMatchObject({ written: 8, done: 4 });
    const [out, again] = [await contents(at('out')), await contents(at('again'))];
    expect(again).toEqual(out);
    const [line] = (await readFile(at('m.jsonl'), 'utf8')).split('\n').slice(1);
    const { file, copies } = JSON.parse(line!) as { file: string; copies: { sampled: unknown }[] };
    expect(file).toBe('b.png');
    expect(copies).toHaveLength(2);
    // What a hand changed in it is what is done.
    const changed = (await readFile(at('m.jsonl'), 'utf8')).replaceAll(/"rounds":\[.*?\]\}\]/g, '"rounds":[]}]').replaceAll(/"start":\[.*?\]/g, '"start":[]'); // biome-ignore format: one line
    await writeFile(at('changed.jsonl'), changed);
    await augmentFromManifest(at('changed.jsonl'), { out: at('changed') });
    const result = await readPicture(await readFile(at('changed', 'b.png-1.png')), 'result');
    expect(result).toEqual(await readPicture(await readFile(at('photos', 'b.png')), 'picture'));
  });

  it('refuses manifests that lead elsewhere, or that are of other pictures', async () => {
    await run({ manifest: at('m.jsonl') });
    const text = await readFile(at('m.jsonl'), 'utf8');
    await writeFile(at('evil.jsonl'), text.replace('"output":"b.png-1.png"', '"output":"../b.png"'));
    await expect(augmentFromManifest(at('evil.jsonl'), { out: at('x') })).rejects.toThrow('evil.jsonl, line 2');
    await writeFile(at('bad.jsonl'), `${text}nonsense\n`);
    await expect(augmentFromManifest(at('bad.jsonl'), { out: at('x') })).rejects.toThrow(
      'bad.jsonl, line 6: expected a line of JSON',
    );
    await cp(at('photos', 'z.webp'), at('photos', 'b.png'));
    await expect(augmentFromManifest(at('m.jsonl'), { out: at('x') })).rejects.toThrow(
      'b.png: expected the picture of the manifest',
    );
    await rm(at('photos', 'b.png'));
    const summary = await augmentFromManifest(at('m.jsonl'), { out: at('x'), onBroken: 'skip' });
    expect(summary.broken.map(({ file, error }) => [file, error.message.slice(-40)])).toMatchObject([['b.png', expect.stringContaining('m.jsonl has it')]]); // biome-ignore format: one line
  });

  it('tells of broken pictures, or leaves them out', async () => {
    await writeFile(at('photos', 'broken.jpg'), 'not a picture');
    await symlink(at('outside.png'), at('photos', 'dangling.png'));
    await cp(at('photos', 'b.png'), at('secret.png'));
    await symlink(at('secret.png'), at('photos', 'leak.png'));
    await symlink(at('photos', 'b.png'), at('photos', 'twin.png'));
    await expect(run()).rejects.toThrow('broken.jpg: expected a picture, it cannot be decoded');
    const summary = await run({ onBroken: 'skip' });
    expect(summary.broken.map(({ file }) => file)).toEqual(['broken.jpg', 'dangling.png', 'leak.png']);
    expect(summary.broken[2]!.error.message).toContain('got a link out of it');
    const out = await contents(at('out'));
    expect(Object.keys(out)).toContain('twin.png-1.png');
    expect(Object.keys(out).some((name) => name.startsWith('leak'))).toBe(false);
  });

  it('says of which picture a transform is not possible', async () => {
    await writeFile(at('crop.yaml'), '- op: random_crop\n  size: 12\n');
    await expect(run({ policy: at('crop.yaml') })).rejects.toThrow(
      /photos.b\.png: random_crop: expected a picture of at least 12×12/,
    );
    expect(await run({ policy: at('crop.yaml'), onBroken: 'skip', out: at('skipped') })).toMatchObject({
      done: 4,
      written: 4,
    });
  });

  it('says where no folder for results can be made', async () => {
    await mkdir(at('out'));
    await writeFile(at('out', 'cats'), '');
    await expect(run()).rejects.toThrow(/out.cats: expected a folder for results, it cannot be made: EEXIST/);
  });

  it('never writes to the pictures', async () => {
    for (const out of ['photos', 'photos/out', '.']) {
      await expect(run({ out: at(out) })).rejects.toThrow('expected a folder apart from that of the pictures');
    }
    await expect(run({ preview: at('photos', 'b.png') })).rejects.toThrow('expected a file outside the folder');
    expect(await readdir(at('photos'))).toEqual(['b.png', 'cats', 'notes.txt', 'z.webp']);
    await mkdir(at('out'), { recursive: true });
    await symlink(at('photos', 'cats'), at('out', 'cats'));
    await expect(run()).rejects.toThrow('got a link out of');
    await rm(at('out'), { recursive: true });
    await mkdir(at('out'));
    await symlink(at('photos', 'z.webp'), at('out', '.b.png-1.png.part'));
    const before = await contents(at('photos'));
    await run();
    expect(await contents(at('photos'))).toEqual(before);
  });

  it('reads policies from files, and says what is wrong with them', async () => {
    await writeFile(at('p.yaml'), '- op: rotate\n  degrees: 20\n- op: pixmix\n');
    await writeFile(at('p.json'), JSON.stringify([{ op: 'rotate', degrees: 20 }, { op: 'pixmix' }]));
    await run({ policy: at('p.yaml') });
    await run({ policy: at('p.json'), out: at('json') });
    const [yaml, json] = [await contents(at('out')), await contents(at('json'))];
    expect(yaml).toEqual(json);
    await writeFile(at('p.json'), '[');
    await expect(run({ policy: at('p.json') })).rejects.toThrow('p.json: expected json, it cannot be understood');
    await expect(run({ policy: 'wild' })).rejects.toThrow('got "wild"');
    await expect(run({ policy: at('none.yaml') })).rejects.toThrow('expected a file, there is none');
  });

  it('is what augment gives, and takes pictures to mix in', async () => {
    await writeFile(at('mix.json'), JSON.stringify({ op: 'pixmix', fractals: 1 }));
    await run({ policy: at('mix.json'), mixingSet: at('photos', 'cats'), manifest: at('m.jsonl') });
    const text = await readFile(at('m.jsonl'), 'utf8');
    expect(text).toContain('"index":1');
    await augmentFromManifest(at('m.jsonl'), { out: at('again') });
    const [out, again] = [await contents(at('out')), await contents(at('again'))];
    expect(again).toEqual(out);
    await run({ policy: 'light', out: at('light'), format: 'jpeg', copies: 1 });
    const { width, format } = await sharp(at('light', 'z.webp-1.jpg')).metadata();
    expect([width, format]).toEqual([13, 'jpeg']);
    await expect(augment(at('photos', 'z.webp'), 'light')).resolves.toHaveLength(1);
  });

  it('draws a contact sheet: a row for each picture, the original first', async () => {
    await run({ preview: at('grid.png') });
    const sheet = await sharp(at('grid.png')).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    // Columns of 160 pixels, 12 between; rows of 160, with 8 lines of 12 below.
    expect(sheet.info).toMatchObject({ width: 12 + 3 * 172, height: 12 + 4 * 268 });
    const row = (y: number, left: number) => sheet.data.subarray(3 * (y * 528 + left), 3 * (y * 528 + left + 160));
    const dark = (bytes: Uint8Array) => bytes.some((value) => value < 128);
    for (const r of [0, 1, 2, 3]) {
      for (const c of [0, 1, 2]) {
        const captions = Array.from({ length: 12 }, (_, i) => row(12 + r * 268 + 160 + i, 12 + c * 172));
        expect(captions.some(dark)).toBe(true);
      }
    }
    expect((await stat(at('grid.png'))).size).toBeGreaterThan(1000);
  });
});
