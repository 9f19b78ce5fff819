import type {
  AlgorithmTable,
  GradientClip,
  Graph,
  OptimiserOptions,
  OutputLoss,
  ScheduleOptions,
} from '@lockstep/core';
import type { ImageDataset, Mixing, Normalisation, Sampler, TransformSpec } from '@lockstep/data';
import type { KernelBuild } from '@lockstep/kernels';
import type { FaultData } from './faults.ts';
import type { LayerFile } from './layer-files.ts';
import type { ControlData } from './parallel/index.ts';
import type { WorkerTimesData } from './timed-collective.ts';

/** What decides the bits of a run: two runs with the same recipe give the same weights, whatever the number of workers. */
export interface Recipe {
  readonly graph: Graph;
  /** How convolutions are computed. Default: as their layers choose. */
  readonly algorithms?: AlgorithmTable | undefined;
  /** Samples of a batch; the last of an epoch may be smaller. */
  readonly batch: number;
  /** Logical shards of a batch. */
  readonly shards: number;
  /**
   * Micro-batches that a batch is computed in, one after the other, each of consecutive shards. Of no effect on a bit, but for the
   * statistics of batch norm, which are a micro-batch's; not so with ghost groups. Default: 1.
   */
  readonly accumulate?: number | undefined;
  /** Samples of a ghost group, over which batch norm takes its statistics in training. Default: the whole batch. */
  readonly ghostBatch?: number | undefined;
  readonly epochs: number;
  readonly seed: number;
  /**
   * Cross-entropy of the first output and of auxiliary ones, since samples have classes. With rows of shares as targets, those
   * of the data set, or of the labels. Default: that of the graph, against the labels.
   */
  readonly losses?: readonly OutputLoss[] | undefined;
  readonly optimiser: OptimiserOptions;
  /** Of no effect on gradients of a smaller norm. Default: none. */
  readonly gradientClip?: GradientClip | undefined;
  readonly schedule: ScheduleOptions;
  /** Names of the parameters that are not trained: no gradient, no update, no weight decay. Default: none. */
  readonly frozen?: readonly string[] | undefined;
  /** By the names of parameters, what the learning rate is multiplied by for them. Default: 1. */
  readonly learningRates?: Readonly<Record<string, number>> | undefined;
  /** Epochs in which nothing but the parameters of the head is trained. Default: none. */
  readonly headWarmUp?: { readonly epochs: number; readonly head: readonly string[] } | undefined;
  /** Default: 'shuffled'. */
  readonly sampler?: Sampler | undefined;
  readonly augment: TransformSpec;
  /** How the samples of a batch are mixed, after augmentation and normalisation. Default: not at all. */
  readonly mixing?: Mixing | undefined;
  readonly normalisation: Normalisation;
}

/** All that a worker thread is given: plain data and shared memory. */
export interface WorkerSetup {
  readonly recipe: Recipe;
  /** The code of the network's layers from outside, which the thread imports. */
  readonly layers: readonly LayerFile[];
  readonly train: ImageDataset;
  /** What there is to judge epochs by besides the test set. */
  readonly validation?: ImageDataset | undefined;
  readonly test: ImageDataset;
  readonly workers: number;
  readonly kernelBuild: KernelBuild;
  readonly module: WebAssembly.Module;
  /** A replica's memory for each rank. */
  readonly memories: readonly WebAssembly.Memory[];
  readonly control: ControlData;
  /** float64 [steps of a task][shards][2]: the sum of a shard's losses, and how many it got right. */
  readonly stepSums: Float64Array<SharedArrayBuffer>;
  /** Milliseconds that the worker of each rank has spent with pictures, every {@link loadMsStride} numbers. */
  readonly loadMs: Float64Array<SharedArrayBuffer>;
  readonly evaluation: EvaluationData;
  readonly fault: FaultData | undefined;
  /** Where the workers add up their times, for benchmarks. */
  readonly times: WorkerTimesData | undefined;
}

/** One entry for each sample of the set that is evaluated. */
export interface EvaluationData {
  readonly losses: Float64Array<SharedArrayBuffer>;
  readonly predicted: Int32Array<SharedArrayBuffer>;
  /** Of the predicted class. */
  readonly probabilities: Float32Array<SharedArrayBuffer>;
}

/** A cache line for each worker. */
export const loadMsStride = 8;

/** The most steps of one task. */
export const maxTaskSteps = 64;

/** Steps of an epoch, a last short batch included. */
export const stepsPerEpoch = (samples: number, batch: number): number => Math.ceil(samples / batch);

/** Samples of a step's batch: the last of an epoch may have fewer. */
export const stepSamples = (samples: number, batch: number, step: number): number =>
  Math.min(batch, samples - (step % stepsPerEpoch(samples, batch)) * batch);
