import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainOptionsSchema } from '@lockstep/trainer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { readConfigFile } from './config-file.ts';
import { trainOptions } from './train-options.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test.each([
  ['a.json', '{"epochs": 3, "lr": 0.01, "workers": "auto", "nesterov": false}'],
  ['a.yaml', '# a comment\nepochs: 3\nlr: 1e-2\nworkers: auto\nnesterov: false\n'],
  ['a.yml', '{epochs: 3, lr: .01, workers: auto, nesterov: false}'],
])('%s', async (name, text) => {
  const given = await readConfigFile(await file(name, text), trainOptionsSchema);
  expect(Object.fromEntries(given)).toEqual({ epochs: 3, lr: 0.01, workers: 'auto', nesterov: false });
});

test.each(['e.json', 'e.yaml'])('an empty %s gives nothing', async (name) => {
  expect((await readConfigFile(await file(name, ''), trainOptionsSchema)).size).toBe(0);
});

test('flags come before the file', async () => {
  const config = await file('p.yaml', 'epochs: 3\nbatch: 64\n');
  expect(await trainOptions({ config, epochs: 5, seed: 7 })).toEqual({ epochs: 5, batch: 64, seed: 7 });
});

test.each([
  ['b.yaml', 'epoch: 3', 'there is no option "epoch"; did you mean epochs?'],
  ['b.yaml', 'weight-decay: 0', 'there is no option "weight-decay"; did you mean weightDecay?'],
  ['b.yaml', 'resume: x', 'there is no option "resume"; there are data, model, '],
  ['b.yaml', 'epochs: 0', 'epochs: expected an integer of at least 1, got 0'],
  ['b.yaml', 'epochs: "3"', 'epochs: expected an integer of at least 1, got "3"'],
  ['b.yaml', 'epochs:', 'epochs: expected an integer of at least 1, got null'],
  ['b.yaml', '- 3', 'expected options by name, such as "epochs: 3", got [3]'],
  ['b.yaml', 'a: [1', 'cannot be understood: Flow sequence in block collection must be'],
  ['b.yaml', 'epochs: 1\nepochs: 2', 'cannot be understood: Map keys must be unique at line 2, column 1'],
  ['b.json', '{"epochs": }', 'cannot be understood: Unexpected token'],
  ['b.toml', 'epochs = 3', 'expected a file that ends in .json, .yaml or .yml'],
])('%s with %j is refused, and the file named', async (name, text, message) => {
  const path = await file(name, text);
  const refused = readConfigFile(path, trainOptionsSchema);
  await expect(refused.catch((error) => exitCodeOf(error))).resolves.toBe(exitCodes.usage);
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toThrow(path);
});

test('a file that is not there', async () => {
  await expect(readConfigFile('nowhere.yaml', trainOptionsSchema)).rejects.toThrow(
    /^--config: nowhere\.yaml cannot be read: ENOENT/,
  );
});
