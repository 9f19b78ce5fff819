import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { commands } from './commands/index.ts';
import { events, lockstep } from './testing/lockstep.ts';

const cwd = import.meta.dirname;

test('no arguments, --help, help: the commands', async () => {
  const runs = await Promise.all([[], ['--help'], ['help'], ['-h']].map((argv) => lockstep(argv, { cwd })));
  for (const { code, stdout, stderr } of runs) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, summary } of commands) expect(stdout).toMatch(new RegExp(`${name} +${summary}`));
  }
});

test.each(commands.map(({ name }) => name))('%s --help, whatever else was typed', async (name) => {
  const { code, stdout, stderr } = await lockstep([...name.split(' '), '--help', '--no-such-option'], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^Usage: lockstep ${name}\\s`));
});

test.each(['data', 'bench'])('%s --help, help %s: those commands', async (word) => {
  const [asked, help] = await Promise.all([[word, '--help'], ['help', word]].map((argv) => lockstep(argv, { cwd }))); // biome-ignore format: one line
  expect(asked).toMatchObject({ code: 0, stderr: '' });
  expect(help).toEqual(asked);
  const listed = [...asked!.stdout.matchAll(/^ {2}(\w+ \w+) {2}/gm)].map(([, name]) => name);
  expect(listed).toEqual(commands.map(({ name }) => name).filter((name) => name.startsWith(`${word} `)));
});

test('help train, and with --json', async () => {
  const [asked, help, json] = await Promise.all(
    [
      ['train', '-h'],
      ['help', 'train'],
      ['train', '--help', '--json'],
    ].map((argv) => lockstep(argv, { cwd })),
  );
  expect(help).toEqual(asked);
  expect(events(json!.stdout)).toEqual([{ event: 'help', command: 'train', text: asked!.stdout.trimEnd() }]);
});

test('--version', async () => {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await lockstep(['--version'], { cwd })).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  expect(events((await lockstep(['--version', '--json'], { cwd })).stdout)).toEqual([{ event: 'version', version }]);
});

test('an older Node.js is told what is needed', async () => {
  const pretend = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })";
  const { code, stdout, stderr } = await lockstep(['train'], {
    cwd,
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`],
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^error: lockstep needs Node\.js 24 or later, and this is v.*\n$/);
});

test.runIf(process.platform === 'linux')('output that cannot be written is an error', () => {
  const { status, stderr } = spawnSync(process.execPath, [`${cwd}/main.ts`, '--help'], {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'error: ENOSPC: no space left on device, write\n' });
});
