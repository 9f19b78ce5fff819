import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors, initialState, resolveGraph, stateLayout } from '@lockstep/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startingState } from './starting-state.ts';
import { tinyDataset, tinyGraph, tinyOptions, tinyRecipe } from './testing/tiny-run.ts';
import { Trainer } from './trainer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-weights-'));
});
afterAll(() => rm(folder, { recursive: true }));

const recipe = tinyRecipe();
const weights = initialState(stateLayout(resolveGraph(tinyGraph())), 77);

describe('startingState', () => {
  it('is what a training begins with', async () => {
    const file = join(folder, 'w.safetensors');
    await writeFile(file, encodeSafetensors(weights));
    const { state, facts } = (await startingState({ weights: file, model: 'small-cnn' }, recipe))!;
    expect(facts).toEqual({ file, matched: weights.size, reinitialised: [], skipped: [] });
    await using trainer = new Trainer(tinyOptions({ train: tinyDataset(40, 1), workers: 1, resume: state }));
    expect(trainer.step).toBe(0);
    expect(trainer.state().model).toEqual(weights);
  });

  it('names a file that cannot be read, and one that is none', async () => {
    const missing = join(folder, 'missing.safetensors');
    await expect(startingState({ weights: missing, model: 'small-cnn' }, recipe)).rejects.toMatchObject({
      code: 'TRAINER_WEIGHTS',
      message: expect.stringContaining(`cannot read the weights ${missing}`),
    });
    const broken = join(folder, 'broken.safetensors');
    await writeFile(broken, 'no weights');
    await expect(startingState({ weights: broken, model: 'small-cnn' }, recipe)).rejects.toMatchObject({
      code: 'FORMAT_INVALID',
      message: expect.stringContaining(broken),
    });
  });
});
