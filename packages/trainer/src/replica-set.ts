import {
  CoreError,
  createOptimiser,
  parameterSlices,
  type ReplicaPlan,
  readState,
  type StateDict,
  writeState,
} from '@lockstep/core';
import { createMemory, Kernels } from '@lockstep/kernels';
import { ControlBlock, ReplicaPool } from './parallel/index.ts';
import { replicaPlan } from './replica.ts';
import type { Recipe, WorkerSetup } from './setup.ts';

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

/**
 * The replicas of a run for one number of workers: their memories, laid out alike and filled with a state, and the threads
 * that work on them.
 */
export class ReplicaSet {
  readonly workers: number;
  readonly control: ControlBlock;
  readonly pool: ReplicaPool;
  readonly #recipe: Recipe;
  readonly #plan: ReplicaPlan;
  readonly #views: readonly Float32Array[];

  /**
   * @param shared what all threads are given besides
   * @param startFrom makes the state from the plan, which says how the network's tensors are called
   * @throws CoreError, KernelError for what does not fit together; no thread is running then.
   */
  constructor(
    shared: Omit<WorkerSetup, 'workers' | 'memories' | 'control'>,
    workers: number,
    startFrom: (plan: ReplicaPlan) => TrainingState,
    hangTimeoutMs: number,
  ) {
    this.workers = workers;
    this.#recipe = shared.recipe;
    const plan = replicaPlan(shared.recipe, workers, new Kernels(shared.module, createMemory(0)));
    this.#plan = plan;
    const memories = Array.from({ length: workers }, () => createMemory(plan.bytes));
    this.#views = memories.map((memory) => new Float32Array(memory.buffer));
    this.control = ControlBlock.create(workers);
    this.#writeState(startFrom(plan));
    const workerData: WorkerSetup = { ...shared, workers, memories, control: this.control.data };
    this.pool = new ReplicaPool({
      control: this.control,
      filename: new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url),
      workerData,
      hangTimeoutMs,
    });
  }

  /** Bytes of all replicas' memories. */
  get memoryBytes(): number {
    return this.#views.reduce((sum, view) => sum + view.byteLength, 0);
  }

  /** A copy of all that decides how the run goes on. Not while a task is running. */
  state(): TrainingState {
    const parity = this.control.commit & 1;
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
    const bufferBegin = buffers[parity]! / 4;
    return {
      step: this.control.commit,
      model: readState(
        state,
        gathered(parameters[parity]!, (begin) => begin),
        this.#views[0]!.subarray(bufferBegin, bufferBegin + state.bufferFloats),
      ),
      optimiser: Array.from({ length: this.#plan.options.stateVectors }, (_, vector) =>
        gathered(optimiserState[parity]! + vector * sliceFloats * 4, () => 0),
      ),
    };
  }

  #writeState({ step, model, optimiser }: TrainingState): void {
    const { state, parameters, buffers, optimiserState, sliceFloats } = this.#plan;
    const parity = step & 1;
    const vectors = optimiser.length === 0 ? initialVectors(this.#recipe, this.#plan) : optimiser;
    const expected = this.#plan.options.stateVectors;
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
    this.control.commit = step;
  }
}

/** The optimiser's vectors before the first step. */
function initialVectors({ optimiser }: Recipe, { state }: ReplicaPlan): Float32Array[] {
  const { stateVectors, initialState: values = [] } = createOptimiser(optimiser);
  return Array.from({ length: stateVectors }, (_, i) => new Float32Array(state.parameterFloats).fill(values[i] ?? 0));
}
