/** Images a second of a training step, on synthetic input. */
import { Generator, optimiserSchema, scheduleSchema } from '@lockstep/core';
import { createDataset } from '@lockstep/data';
import { probeKernels } from '@lockstep/kernels';
import { Trainer } from '@lockstep/trainer';
import { benchmarkModel } from './models/index.ts';

export interface StepOptions {
  readonly model: string;
  readonly size: number;
  readonly channels: number;
  readonly batch: number;
  readonly workers: number;
  readonly seconds: number;
  readonly kernels: 'auto' | 'default' | 'revectorised' | 'strict';
  /** Logical shards; default: as `lockstep train` chooses them. */
  readonly shards?: number;
}

export interface StepFigures {
  readonly kernels: string;
  /** Median of five rounds. */
  readonly imagesPerSecond: number;
  readonly memoryBytes: number;
}

/** Trains on noise for some seconds. */
export async function measureStep({
  model,
  size,
  channels,
  batch,
  workers,
  seconds,
  kernels,
  shards = Math.min(16, Math.max(4, Math.floor(batch / 4))),
}: StepOptions): Promise<StepFigures> {
  const length = batch * 4;
  const generator = new Generator({ seed: 1, purpose: 'mixing' });
  const images = Uint8Array.from({ length: length * size * size * channels }, () => generator.uint32() & 255);
  const labels = Int32Array.from({ length }, () => generator.integer(10));
  const classes = Array.from({ length: 10 }, (_, i) => String(i));
  const data = createDataset({ name: 'noise', classes, height: size, width: size, channels, images, labels });
  const probe = probeKernels(kernels);
  await using trainer = new Trainer({
    recipe: {
      graph: benchmarkModel(model, size, channels),
      batch,
      shards,
      epochs: 1_000_000,
      seed: 1,
      optimiser: optimiserSchema.parse({ name: 'sgd', momentum: 0.9, weightDecay: 1e-4 }),
      schedule: scheduleSchema.parse({ kind: 'constant', learningRate: 0.01 }),
      augment: [],
      normalisation: { mean: Array<number>(channels).fill(0.5), std: Array<number>(channels).fill(0.25) },
    },
    train: data,
    test: data,
    workers,
    kernels: probe,
  });
  const round = async (milliseconds: number): Promise<number> => {
    const start = performance.now();
    let steps = 0;
    while (performance.now() - start < milliseconds) steps += (await trainer.run(trainer.steps)).length;
    return (steps * batch * 1000) / (performance.now() - start);
  };
  await round(seconds * 200); // until V8 has optimised
  const rates: number[] = [];
  for (let i = 0; i < 5; i++) rates.push(await round(seconds * 160));
  return { kernels: probe.build, imagesPerSecond: rates.sort((a, b) => a - b)[2]!, memoryBytes: trainer.memoryBytes };
}
