/**
 * Compares the gradients of a layer of one's own with differences, and trains a network that has it.
 *
 *     node examples/custom-layer.ts
 */
import { join } from 'node:path';
import { checkGradients, flatten, linear, sequential } from '@lockstep/core';
import { verifyWorkers } from '@lockstep/trainer';
import { swish } from './custom-layer-swish.ts';

const probe = sequential('probe', [3, 4, 2], [
  ['swish', swish({ init: 0.75 })],
  ['flatten', flatten()],
  ['fc', linear({ outFeatures: 3 })],
]); // biome-ignore format: a layer a line
for (const { name, error } of checkGradients(probe)) {
  console.log(`${name}: ${error < 1e-4 ? 'as the differences' : `off by ${error}`}`);
}

const model = join(import.meta.dirname, 'custom-layer-net.ts');
const options = { model, batch: 64, limitTrain: 640, limitTest: 100, augment: 'none' };
for await (const { workers, weightsSha256 } of verifyWorkers(options, [1, 2, 3], 10)) {
  console.log(`${workers} workers: ${weightsSha256}`);
}
