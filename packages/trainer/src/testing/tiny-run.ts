import {
  batchNorm2d,
  conv2d,
  flatten,
  Generator,
  type Graph,
  linear,
  maxPool2d,
  optimiserSchema,
  relu,
  scheduleSchema,
  sequential,
} from '@lockstep/core';
import { augmentPolicy, channelStatistics, createDataset, type ImageDataset } from '@lockstep/data';
import { type KernelProbe, kernelModule } from '@lockstep/kernels';
import type { Recipe } from '../setup.ts';
import type { TrainerOptions } from '../trainer.ts';

/** Pictures of 8×8 in three classes that a small network can tell apart: a bright bar, slanted by its class, and noise. */
export function tinyDataset(length: number, seed: number): ImageDataset {
  const size = 8;
  const images = new Uint8Array(length * size * size);
  const labels = new Int32Array(length);
  for (let n = 0; n < length; n++) {
    const generator = new Generator({ seed, purpose: 'mixing', position: n });
    const label = generator.integer(3);
    labels[n] = label;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const distance = [x - 3.5, y - 3.5, (x - y) / 1.4][label]!;
        images[(n * size + y) * size + x] = Math.max(0, 200 - 60 * Math.abs(distance)) + generator.integer(56);
      }
    }
  }
  return createDataset({
    name: 'bars',
    classes: ['|', '-', '\\'],
    height: size,
    width: size,
    channels: 1,
    images,
    labels,
  });
}

/** Two convolutions with batch norm, so that every kind of meeting of workers takes place. */
export const tinyGraph = (): Graph =>
  sequential(
    'tiny',
    [8, 8, 1],
    [
      ['conv1', conv2d({ outChannels: 5, kernelSize: 3, padding: 1, bias: false })],
      ['bn1', batchNorm2d()],
      ['relu1', relu()],
      ['pool', maxPool2d({ kernelSize: 2 })],
      ['conv2', conv2d({ outChannels: 7, kernelSize: 3 })],
      ['bn2', batchNorm2d()],
      ['relu2', relu()],
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 3 })],
    ],
  );

export const tinyKernels: KernelProbe = {
  build: 'default',
  module: kernelModule('default'),
  gigaflops: {},
  selfCheck: 'passed',
};

const train = tinyDataset(101, 1);
const test = tinyDataset(37, 2);

export const tinyRecipe = (changes: Partial<Recipe> = {}): Recipe => ({
  graph: tinyGraph(),
  batch: 22, // not a multiple of the shards; and the last batch of the epoch has 13 samples
  shards: 16,
  epochs: 3,
  seed: 7,
  optimiser: optimiserSchema.parse({ name: 'sgd', momentum: 0.9, weightDecay: 1e-3, nesterov: true }),
  schedule: scheduleSchema.parse({ kind: 'cosine', learningRate: 0.05, warmupEpochs: 1 }),
  augment: augmentPolicy('light'),
  normalisation: channelStatistics(train),
  ...changes,
});

/** Options of a trainer over the tiny data; three epochs of five steps. */
export const tinyOptions = (changes: Partial<TrainerOptions> = {}): TrainerOptions => ({
  recipe: tinyRecipe(),
  train,
  test,
  kernels: tinyKernels,
  ...changes,
});
