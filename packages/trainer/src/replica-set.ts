import type { ReplicaPlan, StateDict } from '@lockstep/core';
import { createMemory, Kernels } from '@lockstep/kernels';
import { ControlBlock, ReplicaPool } from './parallel/index.ts';
import { replicaPlan } from './replica.ts';
import type { Recipe, WorkerSetup } from './setup.ts';
import { readTrainingState, type TrainingState, writeTrainingState } from './training-state.ts';

/**
 * The replicas of a run for one number of workers: their memories, laid out alike and filled with a state, and the threads
 * that work on them.
 */
export class ReplicaSet {
  readonly workers: number;
  readonly control: ControlBlock;
  readonly pool: ReplicaPool;
  readonly #plan: ReplicaPlan;
  readonly #recipe: Recipe;
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
    const plan = replicaPlan(shared.recipe, workers, new Kernels(shared.module, createMemory(0)));
    this.#plan = plan;
    this.#recipe = shared.recipe;
    const memories = Array.from({ length: workers }, () => createMemory(plan.bytes));
    this.#views = memories.map((memory) => new Float32Array(memory.buffer));
    this.control = ControlBlock.create(workers);
    const state = startFrom(plan);
    writeTrainingState(shared.recipe, plan, this.#views, state);
    this.control.commit = state.step;
    const workerData: WorkerSetup = { ...shared, workers, memories, control: this.control.data };
    this.pool = new ReplicaPool({
      control: this.control,
      filename: new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url),
      workerData,
      hangTimeoutMs,
      // What a step leaves for the garbage collector is little, and it would let tens of megabytes of it come together.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
  }

  /** Bytes of all replicas' memories. */
  get memoryBytes(): number {
    return this.#views.reduce((sum, view) => sum + view.byteLength, 0);
  }

  /**
   * Puts a model where the next step will write, to be evaluated beside the present state, which stays as it is. Not while a task is running.
   *
   * @returns the step before which it would be the state
   * @throws CoreError `STATE_MISMATCH` for one of another network
   */
  putBeside(model: StateDict): number {
    const step = this.control.commit + 1;
    writeTrainingState(this.#recipe, this.#plan, this.#views, { step, model, optimiser: [] });
    return step;
  }

  /** A copy of all that decides how the run goes on. Not while a task is running. */
  state(): TrainingState {
    return readTrainingState(this.#plan, this.#views, this.control.commit);
  }
}
