import { availableParallelism } from 'node:os';
import { combineInTree, initialState, learningRate, type ReplicaPlan, type StateDict } from '@lockstep/core';
import { type ImageDataset, withoutSources } from '@lockstep/data';
import type { KernelProbe } from '@lockstep/kernels';
import { checkData } from './check-data.ts';
import type { EvaluatedSet } from './epoch-figures.ts';
import { TrainerError, type TrainerErrorCode } from './errors.ts';
import { type Evaluation, evaluationOf } from './evaluation.ts';
import { type Fault, faultData } from './faults.ts';
import { layerFiles } from './layer-files.ts';
import { WorkerError } from './parallel/index.ts';
import { PictureSupply } from './picture-supply.ts';
import { ReplicaSet } from './replica-set.ts';
import { loadMsStride, maxTaskSteps, type Recipe, stepSamples, stepsPerEpoch } from './setup.ts';
import type { WorkerTimesData } from './timed-collective.ts';
import type { TrainingState } from './training-state.ts';
import type { EvaluateTask, TrainTask } from './worker.ts';

export interface TrainerOptions {
  readonly recipe: Recipe;
  readonly train: ImageDataset;
  /** What epochs can be judged by, so that the test set is not looked at before the end. */
  readonly validation?: ImageDataset | undefined;
  readonly test: ImageDataset;
  /** Number of workers, each a thread; at most the recipe's shards. Default: {@link defaultWorkers}. */
  readonly workers?: number | undefined;
  /** From `probeKernels`. */
  readonly kernels: KernelProbe;
  /** What there is to go on from; default: the initial state of the recipe's seed. */
  readonly resume?: TrainingState | undefined;
  /** A worker that makes no progress for this long is replaced. Milliseconds; default a minute. */
  readonly hangTimeoutMs?: number | undefined;
  /** For drills. */
  readonly fault?: Fault | undefined;
  /** Where the workers are to add up their times, for benchmarks. Not together with a fault. */
  readonly times?: WorkerTimesData | undefined;
  /** Told when a worker failed and its step is taken again. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

export interface EvaluateOptions {
  /** Default: 'test'. */
  readonly on?: EvaluatedSet | undefined;
  readonly model?: StateDict | undefined;
}

/** A step that has been taken. */
export interface StepResult {
  readonly step: number;
  readonly samples: number;
  /** Mean over the batch. */
  readonly loss: number;
  readonly correct: number;
  readonly learningRate: number;
}

/** How often a step may fail before the run ends. */
const maxFailures = 3;
/** A task takes about this long, so that the main thread hears from the workers often, but not after every small step. */
const taskMs = 50;

/** As many workers as there are cores, but no more than shards. */
export const defaultWorkers = (shards: number): number => Math.min(availableParallelism(), shards);

/**
 * Trains one network on some threads of this process. The main thread only asks: all state is in the replicas' memories,
 * and a step that has been committed is not lost when a thread dies.
 *
 * ```ts
 * await using trainer = new Trainer({ recipe, train, test, kernels: probeKernels() });
 * while (trainer.step < trainer.steps) for (const { step, loss } of await trainer.run(trainer.steps)) console.log(step, loss);
 * console.log((await trainer.evaluate()).accuracy);
 * ```
 */
export class Trainer {
  /** Steps of an epoch and of the whole training. */
  readonly epochSteps: number;
  readonly steps: number;
  readonly #options: TrainerOptions;
  readonly #shared: ConstructorParameters<typeof ReplicaSet>[0];
  readonly #supply: PictureSupply;
  #replicas: ReplicaSet;
  #stepMs = taskMs;
  /** Of the step that comes next. */
  #failure: { readonly error: unknown } | undefined;

  /**
   * Lays out and fills the replicas, and starts the threads.
   *
   * @throws CoreError, KernelError or TrainerError for what does not fit together; no thread is running then.
   */
  constructor(options: TrainerOptions) {
    const { recipe, train, validation, test, kernels } = options;
    checkData(recipe, train, ...(validation ? [validation] : []), test);
    this.#options = options;
    this.epochSteps = stepsPerEpoch(train.length, recipe.batch);
    this.steps = this.epochSteps * recipe.epochs;
    const evaluated = Math.max(test.length, validation?.length ?? 0);
    this.#shared = {
      recipe,
      layers: layerFiles(recipe.graph),
      train: withoutSources(train),
      validation: validation && withoutSources(validation),
      test: withoutSources(test),
      kernelBuild: kernels.build,
      module: kernels.module,
      stepSums: new Float64Array(new SharedArrayBuffer(maxTaskSteps * recipe.shards * 2 * 8)),
      loadMs: new Float64Array(new SharedArrayBuffer(recipe.shards * loadMsStride * 8)),
      evaluation: {
        losses: new Float64Array(new SharedArrayBuffer(evaluated * 8)),
        predicted: new Int32Array(new SharedArrayBuffer(evaluated * 4)),
        probabilities: new Float32Array(new SharedArrayBuffer(evaluated * 4)),
      },
      fault: options.fault && faultData(options.fault),
      times: options.times,
    };
    this.#supply = new PictureSupply(recipe, train, test, options.resume?.step ?? 0);
    try {
      this.#replicas = this.#makeReplicas(
        options.workers ?? defaultWorkers(recipe.shards),
        ({ state }) => options.resume ?? { step: 0, model: initialState(state, recipe.seed), optimiser: [] },
      );
    } catch (error) {
      void this.#supply.close(); // it never rejects
      throw error;
    }
  }

  get workers(): number {
    return this.#replicas.workers;
  }

  /** How many steps have been taken. */
  get step(): number {
    return this.#replicas.control.commit;
  }

  /** Bytes of all replicas' memories. */
  get memoryBytes(): number {
    return this.#replicas.memoryBytes;
  }

  /**
   * Milliseconds so far in which no step could begin, as its pictures were not there yet; and those that a worker spent with
   * pictures that were: reading, augmenting, normalising, the mean over the workers.
   */
  get dataTimes(): { readonly waitMs: number; readonly loadMs: number } {
    const loadMs = this.#shared.loadMs.reduce((sum, milliseconds) => sum + milliseconds, 0) / this.workers;
    return { waitMs: this.#supply.waitedMs, loadMs };
  }

  /**
   * Takes some steps, up to `to`: as many as take about {@link taskMs}. A worker that fails is replaced and its step
   * taken again; after a few failures of one step that worker's own error is thrown, if steps were taken before it by the next call.
   *
   * Of a training set that is streamed, those whose pictures are there, and one at least.
   *
   * @returns the steps taken; one at most once {@link requestStop} has been called.
   * @throws DataError for a picture that can no longer be decoded
   */
  async run(to: number): Promise<StepResult[]> {
    const from = this.step;
    const end = Math.min(to, this.steps, from + Math.min(maxTaskSteps, Math.max(1, Math.round(taskMs / this.#stepMs))));
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
    if (from >= end) return [];
    const ready = await this.#supply.steps(from, end);
    if (from >= ready) return [];
    const start = performance.now();
    try {
      await this.#replayed(() =>
        this.#replicas.pool.run('train', (rank): TrainTask => ({ rank, from: this.step, to: ready })),
      );
    } catch (error) {
      if (this.step === from) throw error;
      this.#failure = { error }; // the steps before it are told of first
    }
    this.#stepMs = (performance.now() - start) / Math.max(1, this.step - from);
    return Array.from({ length: this.step - from }, (_, i) => this.#result(from + i));
  }

  /** Makes {@link run} return after the step under way, now and from now on. For any time. */
  requestStop(): void {
    this.#supply.stop();
    this.#replicas.control.requestStop();
  }

  /**
   * Evaluates on the test set, or on the validation samples: every one exactly once, with the recipe's batch and shards. Between
   * calls of {@link run}.
   *
   * @param options.model to evaluate; default: the present state, which stays in any case
   * @throws TrainerError `TRAINER_OPTIONS` where there are no validation samples; CoreError for a model of another network
   */
  async evaluate({ on = 'test', model }: EvaluateOptions = {}): Promise<Evaluation> {
    const dataset = this.#options[on];
    if (!dataset) throw new TrainerError('TRAINER_OPTIONS', 'there are no validation samples to evaluate on');
    const step = model ? this.#replicas.putBeside(model) : this.step;
    for await (const samples of this.#supply.partsOf(dataset)) {
      await this.#replayed(() =>
        this.#replicas.pool.run('evaluate', (rank): EvaluateTask => ({ rank, step, on, ...samples })),
      );
    }
    return evaluationOf(dataset, this.#shared.evaluation);
  }

  /** A copy of all that decides how the run goes on. Between calls of {@link run}. */
  state(): TrainingState {
    return this.#replicas.state();
  }

  /**
   * Goes on with another number of workers: the same bits. Between calls of {@link run}.
   *
   * @throws CoreError, KernelError for a number that does not fit; the trainer goes on with the present one then.
   */
  async resize(workers: number): Promise<void> {
    const state = this.state();
    const replicas = this.#makeReplicas(workers, () => state);
    if (this.#replicas.control.stopRequested) replicas.control.requestStop();
    const before = this.#replicas;
    this.#replicas = replicas;
    await before.pool.destroy();
  }

  /** Ends the threads, and what decodes for them; may be called again. */
  async destroy(): Promise<void> {
    await this.#replicas.pool.destroy();
    await this.#supply.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  #makeReplicas(workers: number, startFrom: (plan: ReplicaPlan) => TrainingState): ReplicaSet {
    return new ReplicaSet(this.#shared, workers, startFrom, this.#options.hangTimeoutMs ?? 60_000);
  }

  /** Runs a task until it succeeds: what has been committed stays, what has not is done again. */
  async #replayed(task: () => Promise<unknown>): Promise<void> {
    let failures = 0;
    let failedStep = -1;
    for (;;) {
      try {
        await task();
        return;
      } catch (error) {
        if (!(error instanceof WorkerError) || error.code === ('TRAINER_NOT_FINITE' satisfies TrainerErrorCode))
          throw error;
        failures = this.step === failedStep ? failures + 1 : 1;
        failedStep = this.step;
        if (failures >= maxFailures) throw error;
        this.#options.onWarning?.(
          `worker ${error.rank} failed at step ${this.step} (${error.kind}: ${error.message}); it has been replaced and the step is taken again`,
        );
      }
    }
  }

  #result(step: number): StepResult {
    const { recipe, train, stepSums } = this.#shared;
    const first = (step % maxTaskSteps) * recipe.shards;
    const sum = (field: 0 | 1): number =>
      combineInTree(
        Array.from({ length: recipe.shards }, (_, shard) => stepSums[(first + shard) * 2 + field]!),
        (left, right) => left + right,
      )!;
    const samples = stepSamples(train.length, recipe.batch, step);
    return {
      step,
      samples,
      loss: sum(0) / samples,
      correct: sum(1),
      learningRate: learningRate(recipe.schedule, step, this.steps, this.epochSteps),
    };
  }
}
