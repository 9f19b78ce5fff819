import { join } from 'node:path';
import { loadDataset } from '@lockstep/data';
import { describe, expect, it } from 'vitest';
import { loadModel } from './model.ts';
import { readNetworkFile } from './network-file.ts';
import { startingState } from './starting-state.ts';
import { tinyKernels, tinyRecipe } from './testing/tiny-run.ts';
import { Trainer } from './trainer.ts';

// As in core/src/testing/peers.ts, which says how to get them.
const peers = process.env.LOCKSTEP_PEERS;

describe('readNetworkFile', () => {
  it('names a file that cannot be read', async () => {
    await expect(readNetworkFile('missing.onnx')).rejects.toMatchObject({
      code: 'TRAINER_WEIGHTS',
      message: expect.stringContaining('cannot read the weights missing.onnx'),
    });
    await expect(readNetworkFile('missing/model.json')).rejects.toMatchObject({
      code: 'TRAINER_OPTIONS',
      message: expect.stringContaining('--model: missing/model.json cannot be read'),
    });
  });

  it.runIf(peers)("reads mnist-react-tfjs's net, which knows digits", async () => {
    const model = join(peers!, 'node_modules/mnist-react-tfjs/public/assets/model.json');
    const { graph, state } = await loadModel(model, { height: 28, width: 28, channels: 1, classes: 10 });
    const test = await loadDataset('mnist', { split: 'test', limit: 1000 });
    const recipe = tinyRecipe({ graph, batch: 100, shards: 2, normalisation: { mean: [0], std: [1] } });
    const start = await startingState({ model, weights: undefined }, recipe, state);
    const options = { recipe, train: test, test, workers: 1, kernels: tinyKernels, resume: start!.state };
    await using trainer = new Trainer(options);
    expect((await trainer.evaluate()).accuracy).toBeGreaterThan(0.98);
  });
});
