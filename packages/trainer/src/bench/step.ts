import { chooseAlgorithms, Generator, optimiserSchema, scheduleSchema } from '@lockstep/core';
import { createDataset, type ImageDataset } from '@lockstep/data';
import { type KernelBuild, probeKernels } from '@lockstep/kernels';
import { z } from 'zod';
import { kernelsChoice, trainOptionsSchema } from '../options.ts';
import { shardsAndWorkers } from '../shards-and-workers.ts';
import { createWorkerTimes, readWorkerTimes, type WorkerTimes, type WorkerTimesData } from '../timed-collective.ts';
import { Trainer } from '../trainer.ts';
import { benchNetwork, networkOptions } from './options.ts';

/** The options of `lockstep bench step`, and of {@link benchStep}. */
export const benchStepOptionsSchema = z.strictObject({
  ...networkOptions,
  workers: trainOptionsSchema.shape.workers,
  seconds: z
    .number()
    .positive()
    .default(5)
    .describe('how long to measure, besides a fifth of it before for V8 to optimise'),
  times: z.boolean().default(false).describe("also where the workers' time goes: computing, waiting, exchanging"),
});
export type BenchStepOptions = z.input<typeof benchStepOptionsSchema>;

/** Where the time of a step goes: means over all steps and workers, which add up to the step. Milliseconds. */
export interface StepTimes extends WorkerTimes {
  /** Of the whole step, at the clock of the main thread. */
  readonly stepMs: number;
  /** What is left of the step when the rest is taken away: loading, kernels, and the way from the main thread and back. */
  readonly computeMs: number;
}

export interface StepBenchmark {
  readonly model: string;
  readonly size: number;
  readonly channels: number;
  readonly classes: number;
  readonly batch: number;
  readonly shards: number;
  readonly workers: number;
  readonly kernels: KernelBuild;
  /** Median of five rounds. */
  readonly imagesPerSecond: number;
  /** Of the workers' memories: what the network itself takes. */
  readonly replicaBytes: number;
  /** The most that the whole process has had in memory so far, V8 and the code included. */
  readonly peakMemoryBytes: number;
  /** If they were asked for. */
  readonly times?: StepTimes;
}

const rounds = 5;

/**
 * Trains a network on noise for some seconds: loading from memory, forward, loss, backward, SGD with momentum, as in a
 * training without augmentation.
 *
 * @throws CoreError, KernelError or TrainerError for options that do not fit together
 */
export async function benchStep(input: BenchStepOptions): Promise<StepBenchmark> {
  const options = benchStepOptionsSchema.parse(input);
  const { model, size, classes, batch, seconds } = options;
  const { graph, channels } = await benchNetwork(options);
  const { shards, workers } = shardsAndWorkers({ ...options, batchNorm: 'sync', accumulate: 1 });
  const kernels = probeKernels(kernelsChoice(options.kernels).build);
  const times = options.times ? createWorkerTimes(workers) : undefined;
  const data = noise(batch * 4, size, channels, classes);
  await using trainer = new Trainer({
    recipe: {
      graph,
      algorithms: chooseAlgorithms(graph, kernelsChoice(options.kernels).algorithm),
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
    kernels,
    times,
  });
  const round = async (milliseconds: number): Promise<number> => {
    const start = performance.now();
    let steps = 0;
    do steps += (await trainer.run(trainer.steps)).length;
    while (performance.now() - start < milliseconds);
    return (steps * batch * 1000) / (performance.now() - start);
  };
  await round(seconds * 200);
  const rates: number[] = [];
  const before = { step: trainer.step, start: performance.now(), times: times && totals(times, workers) };
  for (let i = 0; i < rounds; i++) rates.push(await round((seconds * 1000) / rounds));
  const stepMs = (performance.now() - before.start) / (trainer.step - before.step);
  const after = times && totals(times, workers);
  return {
    model,
    size,
    channels,
    classes,
    batch,
    shards,
    workers,
    kernels: kernels.build,
    imagesPerSecond: rates.sort((a, b) => a - b)[Math.floor(rounds / 2)]!,
    replicaBytes: trainer.memoryBytes,
    // Node.js gives it in units of 1,024 bytes, on every system.
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    ...(after && { times: stepTimes(stepMs, before.times!, after, workers * (trainer.step - before.step)) }),
  };
}

/** Over all workers. */
function totals(data: WorkerTimesData, workers: number): WorkerTimes {
  const all = Array.from({ length: workers }, (_, rank) => readWorkerTimes(data, rank));
  return mapTimes((field) => all.reduce((sum, times) => sum + times[field], 0));
}

function stepTimes(stepMs: number, before: WorkerTimes, after: WorkerTimes, workerSteps: number): StepTimes {
  const means = mapTimes((field) => (after[field] - before[field]) / workerSteps);
  const { imbalanceMs, barrierMs, reductionMs, copyMs } = means;
  return { stepMs, computeMs: stepMs - imbalanceMs - barrierMs - reductionMs - copyMs, ...means };
}

function mapTimes(value: (field: keyof WorkerTimes) => number): WorkerTimes {
  return {
    meetings: value('meetings'),
    imbalanceMs: value('imbalanceMs'),
    barrierMs: value('barrierMs'),
    reductionMs: value('reductionMs'),
    copyMs: value('copyMs'),
    readBytes: value('readBytes'),
  };
}

/** Pictures and labels of nothing. */
function noise(length: number, size: number, channels: number, classes: number): ImageDataset {
  const generator = new Generator({ seed: 1, purpose: 'mixing' });
  return createDataset({
    name: 'noise',
    classes: Array.from({ length: classes }, (_, i) => String(i)),
    height: size,
    width: size,
    channels,
    images: Uint8Array.from({ length: length * size * size * channels }, () => generator.uint32() & 255),
    labels: Int32Array.from({ length }, () => generator.integer(classes)),
  });
}
