import type { EpochMetrics, RunFacts, StepMetrics, TrainSummary } from '@lockstep/trainer';

/** Made-up events of a training. */

export const facts = (changes: Partial<RunFacts> = {}): RunFacts => ({
  runDir: 'runs/r',
  model: 'small-cnn',
  data: 'mnist',
  parameters: 54_778,
  trainSamples: 60_000,
  testSamples: 10_000,
  streamedSamples: 0,
  pictureBytes: 54_880_000,
  epochs: 8,
  steps: 3752,
  step: 0,
  batch: 128,
  workers: 2,
  shards: 16,
  kernels: 'default',
  efficiencyBound: 1,
  memoryBytes: 32 * 2 ** 20,
  ...changes,
});

export const stepMetrics = (step: number, changes: Partial<StepMetrics> = {}): StepMetrics => ({
  step,
  epoch: (step + 1) / 469,
  samples: 128,
  loss: 0.5,
  correct: 112,
  accuracy: 0.875,
  learningRate: 0.1,
  imagesPerSecond: 12_800,
  dataWait: 0,
  dataLoad: 0.05,
  ...changes,
});

export const epochMetrics = (epoch: number): EpochMetrics => ({
  epoch,
  trainLoss: 0.25,
  trainAccuracy: 0.925,
  testLoss: 0.125,
  testAccuracy: 0.9625,
  seconds: 4.7,
  imagesPerSecond: 12_800,
  dataWait: 0,
  dataLoad: 0.05,
  learningRate: 0.05,
  steps: epoch * 469,
});

export const summary: TrainSummary = {
  testAccuracy: 0.9931,
  testLoss: 0.0217,
  bestTestAccuracy: 0.9931,
  bestEpoch: 8,
  stoppedEarly: false,
  imagesPerSecond: 9100,
  dataWait: 0,
  dataLoad: 0.05,
  seconds: 58,
  epochs: 8,
  steps: 3752,
  parameters: 54_778,
  workers: 2,
  shards: 16,
  kernels: 'default',
  weightsSha256: 'e0'.repeat(32),
  runDir: 'runs/r',
};
