import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { events, lockstep } from './testing/lockstep.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'lockstep-augment-cli-'));
  await mkdir(join(cwd, 'photos'));
  for (const [i, name] of ['a.png', 'b.png'].entries()) {
    await sharp(new Uint8Array(300).fill(80 * i + 60), { raw: { height: 10, width: 10, channels: 3 } }).toFile(
      join(cwd, 'photos', name),
    );
  }
});
afterAll(() => rm(cwd, { recursive: true }));

test('augment a folder, go on, and do it again from the manifest', async () => {
  const argv = 'augment photos --out out --policy rand-augment --copies 2 --seed 1 --preview grid.png --manifest m.jsonl'.split(' '); // biome-ignore format: one line
  const first = await lockstep(argv, { cwd });
  expect(first).toEqual({ code: 0, stdout: '2 of 2 pictures, 4 results written to out\n', stderr: '' });
  const { code, stdout } = await lockstep([...argv, '--json'], { cwd });
  expect(code).toBe(0);
  expect(events(stdout).at(-1)).toEqual({
    event: 'done',
    written: 0,
    done: 2,
    total: 2,
    kept: 2,
    broken: 0,
    out: 'out',
  });
  const again = await lockstep(['augment', '--from-manifest', 'm.jsonl', '--out', 'again'], { cwd });
  expect(again.code).toBe(0);
  const names = (await readdir(join(cwd, 'out'))).sort();
  expect(names).toEqual(['.lockstep-augment.json', 'a.png-1.png', 'a.png-2.png', 'b.png-1.png', 'b.png-2.png']);
  for (const name of names) {
    const [one, other] = [await readFile(join(cwd, 'out', name)), await readFile(join(cwd, 'again', name))];
    expect(Buffer.compare(one, other)).toBe(0);
  }
  expect((await sharp(join(cwd, 'grid.png')).metadata()).format).toBe('png');
});

test('a broken picture is named: it ends the run, or is left out', async () => {
  await mkdir(join(cwd, 'mixed'));
  await writeFile(join(cwd, 'mixed', 'a.jpg'), 'nothing');
  await writeFile(join(cwd, 'mixed', 'b.png'), await readFile(join(cwd, 'photos', 'b.png')));
  const argv = ['augment', 'mixed', '--out', 'of-mixed'];
  const failed = await lockstep(argv, { cwd });
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  expect(failed.stderr).toContain('a.jpg: expected a picture, it cannot be decoded');
  const skipped = await lockstep([...argv, '--on-broken', 'skip', '--json'], { cwd });
  expect(skipped.code).toBe(0);
  expect(events(skipped.stdout).at(-1)).toMatchObject({ event: 'done', done: 2, broken: 1 });
  expect(skipped.stderr).toContain('a.jpg: expected a picture');
});

test.each([
  [2, 'augment photos', 'augment: --out PATH is missing'],
  [2, 'augment --out out', 'expected PHOTOS, the folder of the pictures, or --from-manifest FILE'],
  [2, 'augment photos --from-manifest m.jsonl --out x', '--from-manifest says what is done, got photos besides'],
  [2, 'augment --from-manifest m.jsonl --seed 1 --out x', '--from-manifest says what is done, got --seed besides'],
  [2, 'augment photos --out x --policy wild', 'augmentation policy: expected one of none, light, cifar'],
  [1, 'augment photos --out photos/x', 'expected a folder apart from that of the pictures'],
  [1, 'augment photos --out x --preview no/p.png', 'no/p.png: expected a folder to write it to, there is none'],
  [1, 'augment nowhere --out x', 'nowhere: expected a folder with pictures, there is none; check the path'],
])('exit code %d: %s', async (expected, line, message) => {
  const { code, stderr } = await lockstep(line.split(' '), { cwd });
  expect(stderr).toContain(message);
  expect(code).toBe(expected);
});
