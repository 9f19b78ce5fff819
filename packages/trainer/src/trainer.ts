import { availableParallelism } from 'node:os';
import {
  CoreError,
  combineInTree,
  createOptimiser,
  initialState,
  learningRate,
  parameterSlices,
  type ReplicaPlan,
  readState,
  type StateDict,
  writeState,
} from '@lockstep/core';
import type { ImageDataset } from '@lockstep/data';
import { createMemory, type KernelProbe, Kernels } from '@lockstep/kernels';
import { TrainerError } from './errors.ts';
import { type Evaluation, evaluationOf } from './evaluation.ts';
import { type Fault, faultData } from './faults.ts';
import { ControlBlock, ReplicaPool, WorkerError } from './parallel/index.ts';
import { replicaPlan } from './replica.ts';
import { maxTaskSteps, type Recipe, stepsPerEpoch, type WorkerSetup } from './setup.ts';
import type { EvaluateTask, TrainTask } from './worker.ts';

export interface TrainerOptions {
  readonly recipe: Recipe;
  readonly train: ImageDataset;
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
  /** Told when a worker failed and its step is taken again. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** All that decides how a run goes on: the network and the optimiser before a step. */
export interface TrainingState {
  readonly step: number;
  readonly model: StateDict;
  /**
   * The optimiser's vectors, each as long as the vector of all parameters, in the order of memory. None: as before the first
   * step.
   */
  readonly optimiser: readonly Float32Array[];
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
  readonly workers: number;
  /** Steps of an epoch and of the whole training. */
  readonly epochSteps: number;
  readonly steps: number;
  readonly #options: TrainerOptions;
  readonly #setup: WorkerSetup;
  readonly #control: ControlBlock;
  readonly #pool: ReplicaPool;
  readonly #plan: ReplicaPlan;
  readonly #views: readonly Float32Array[];
  #stepMs = taskMs;

  /**
   * Lays out and fills the replicas, and starts the threads.
   *
   * @throws CoreError, KernelError or TrainerError for what does not fit together; no thread is running then.
   */
  constructor(options: TrainerOptions) {
    const { recipe, train, test, kernels } = options;
    checkData(recipe, train, test);
    this.#options = options;
    this.workers = options.workers ?? defaultWorkers(recipe.shards);
    this.epochSteps = stepsPerEpoch(train.length, recipe.batch);
    this.steps = this.epochSteps * recipe.epochs;
    this.#plan = replicaPlan(recipe, this.workers, new Kernels(kernels.module, createMemory(0)));
    const plan = this.#plan;
    const memories = Array.from({ length: this.workers }, () => createMemory(plan.bytes));
    this.#views = memories.map((memory) => new Float32Array(memory.buffer));
    this.#control = ControlBlock.create(this.workers);
    this.#setup = {
      recipe,
      train,
      test,
      workers: this.workers,
      kernelBuild: kernels.build,
      module: kernels.module,
      memories,
      control: this.#control.data,
      stepSums: new Float64Array(new SharedArrayBuffer(maxTaskSteps * recipe.shards * 2 * 8)),
      evaluation: {
        losses: new Float64Array(new SharedArrayBuffer(test.length * 8)),
        predicted: new Int32Array(new SharedArrayBuffer(test.length * 4)),
        probabilities: new Float32Array(new SharedArrayBuffer(test.length * 4)),
      },
      fault: options.fault && faultData(options.fault),
    };
    this.#writeState(options.resume ?? { step: 0, model: initialState(plan.state, recipe.seed), optimiser: [] });
    this.#pool = new ReplicaPool({
      control: this.#control,
      filename: new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url),
      workerData: this.#setup,
      hangTimeoutMs: options.hangTimeoutMs ?? 60_000,
    });
  }

  /** How many steps have been taken. */
  get step(): number {
    return this.#control.commit;
  }

  /** Bytes of all replicas' memories. */
  get memoryBytes(): number {
    return this.#setup.memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  }

  /**
   * Takes some steps, up to `to`: as many as take about {@link taskMs}. A worker that fails is replaced and its step
   * taken again; after a few failures of one step the run ends with that worker's own error.
   *
   * @returns the steps taken; one at most once {@link requestStop} has been called.
   */
  async run(to: number): Promise<StepResult[]> {
    const from = this.step;
    const end = Math.min(to, this.steps, from + Math.min(maxTaskSteps, Math.max(1, Math.round(taskMs / this.#stepMs))));
    if (from >= end) return [];
    const start = performance.now();
    await this.#replayed(() => this.#pool.run('train', (rank): TrainTask => ({ rank, from: this.step, to: end })));
    this.#stepMs = (performance.now() - start) / Math.max(1, this.step - from);
    return Array.from({ length: this.step - from }, (_, i) => this.#result(from + i));
  }

  /** Makes {@link run} return after the step under way, now and from now on. For any time. */
  requestStop(): void {
    this.#control.requestStop();
  }

  /** Evaluates the present state on the test set: every sample exactly once, with the recipe's batch and shards. */
  async evaluate(): Promise<Evaluation> {
    await this.#replayed(() => this.#pool.run('evaluate', (rank): EvaluateTask => ({ rank, step: this.step })));
    return evaluationOf(this.#setup.test, this.#setup.evaluation);
  }

  /** A copy of all that decides how the run goes on. Between calls of {@link run}. */
  state(): TrainingState {
    const parity = this.step & 1;
    const { state, parameters, buffers, optimiserState, sliceFloats } = this.#plan;
    const slices = parameterSlices(state, this.workers);
    // Each worker has its own slice of the new parameters; the others' have not been gathered yet.
    const gathered = (pointer: number, sliceBegin: (begin: number) => number): Float32Array => {
      const vector = new Float32Array(state.parameterFloats);
      slices.forEach(({ begin, end }, rank) => {
        const from = pointer / 4 + sliceBegin(begin);
        vector.set(this.#views[rank]!.subarray(from, from + end - begin), begin);
      });
      return vector;
    };
    const vectors = this.#stateVectors();
    const bufferBegin = buffers[parity]! / 4;
    return {
      step: this.step,
      model: readState(
        state,
        gathered(parameters[parity]!, (begin) => begin),
        this.#views[0]!.subarray(bufferBegin, bufferBegin + state.bufferFloats),
      ),
      optimiser: Array.from({ length: vectors }, (_, vector) =>
        gathered(optimiserState[parity]! + vector * sliceFloats * 4, () => 0),
      ),
    };
  }

  /** Ends the threads; may be called again. */
  destroy(): Promise<void> {
    return this.#pool.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }

  #stateVectors(): number {
    return this.#plan.options.stateVectors;
  }

  #writeState({ step, model, optimiser }: TrainingState): void {
    const { state, parameters, buffers, optimiserState, sliceFloats } = this.#plan;
    const parity = step & 1;
    const vectors = optimiser.length === 0 ? initialVectors(this.#options.recipe, this.#plan) : optimiser;
    const expected = this.#stateVectors();
    if (vectors.length !== expected || vectors.some(({ length }) => length !== state.parameterFloats)) {
      throw new CoreError(
        'STATE_MISMATCH',
        `expected ${expected} optimiser vectors of ${state.parameterFloats} floats, got lengths [${vectors.map(({ length }) => length).join(', ')}]: ` +
          'they are of another network or optimiser',
      );
    }
    const slices = parameterSlices(state, this.workers);
    this.#views.forEach((view, rank) => {
      const at = (pointer: number, floats: number): Float32Array => view.subarray(pointer / 4, pointer / 4 + floats);
      writeState(
        state,
        model,
        at(parameters[parity]!, state.parameterFloats),
        at(buffers[parity]!, state.bufferFloats),
      );
      const { begin, end } = slices[rank]!;
      vectors.forEach((vector, i) => {
        at(optimiserState[parity]! + i * sliceFloats * 4, sliceFloats).set(vector.subarray(begin, end));
      });
    });
    this.#control.commit = step;
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
        if (!(error instanceof WorkerError) || error.code === ('TRAINER_NOT_FINITE' satisfies TrainerError['code']))
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
    const { recipe, train, stepSums } = this.#setup;
    const first = (step % maxTaskSteps) * recipe.shards;
    const sum = (field: 0 | 1): number =>
      combineInTree(
        Array.from({ length: recipe.shards }, (_, shard) => stepSums[(first + shard) * 2 + field]!),
        (left, right) => left + right,
      )!;
    const begin = (step % this.epochSteps) * recipe.batch;
    const samples = Math.min(recipe.batch, train.length - begin);
    return {
      step,
      samples,
      loss: sum(0) / samples,
      correct: sum(1),
      learningRate: learningRate(recipe.schedule, step, this.steps, this.epochSteps),
    };
  }
}

/** The optimiser's vectors before the first step. */
function initialVectors({ optimiser }: Recipe, { state }: ReplicaPlan): Float32Array[] {
  const { stateVectors, initialState: values = [] } = createOptimiser(optimiser);
  return Array.from({ length: stateVectors }, (_, i) => new Float32Array(state.parameterFloats).fill(values[i] ?? 0));
}

/** @throws TrainerError if the pictures are not what the network reads. */
function checkData({ graph, epochs }: Recipe, train: ImageDataset, test: ImageDataset): void {
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new TrainerError('TRAINER_OPTIONS', `expected epochs to be a positive integer, got ${epochs}`);
  }
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new TrainerError(
      'TRAINER_OPTIONS',
      `${graph.name}: expected one input and one output, got ${graph.inputs.length} and ${graph.outputs.length}`,
    );
  }
  const expected = graph.inputs[0]!.shape.join('x');
  for (const { name, height, width, channels } of [train, test]) {
    const actual = [height, width, channels].join('x');
    if (actual !== expected) {
      throw new TrainerError(
        'TRAINER_OPTIONS',
        `${graph.name} reads pictures of ${expected}, but those of ${name} are ${actual}`,
      );
    }
  }
}
