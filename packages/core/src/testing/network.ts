import { createMemory, type KernelBuild, Kernels, kernelModule } from '@lockstep/kernels';
import type { BatchPlace } from '../execution/batch.ts';
import { Executor } from '../executor.ts';
import { elements, type Graph } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import type { Shard } from '../layers/layer.ts';
import type { OutputLoss } from '../losses/loss.ts';
import type { Optimiser } from '../optimisers/optimiser.ts';
import { type Collective, SoloCollective } from '../parallel/collective.ts';
import { combineInTree } from '../parallel/shards.ts';
import type { AlgorithmTable } from '../plan/algorithms.ts';
import { stateLayout } from '../plan/parameters.ts';
import { planReplica, type ReplicaPlan } from '../plan/replica-plan.ts';
import { readState, type StateDict, writeState } from '../state.ts';
import type { StepTimer } from '../timing.ts';
import { pseudoRandom } from './values.ts';

export interface NetworkOptions {
  readonly graph: Graph;
  readonly batch: number;
  readonly shards: number;
  readonly workers?: number;
  readonly collective?: Collective;
  readonly build?: KernelBuild;
  readonly inputGradients?: boolean;
  readonly ghostBatch?: number | undefined;
  readonly accumulate?: number | undefined;
  readonly frozen?: readonly string[];
  readonly frozenInWarmUp?: readonly string[];
  readonly losses?: readonly OutputLoss[] | undefined;
  readonly algorithms?: AlgorithmTable;
  readonly optimiser?: Optimiser;
  readonly timer?: StepTimer | undefined;
  /** Changes the plan before anything is made of it. */
  readonly replan?: (plan: ReplicaPlan) => ReplicaPlan;
}

/** A batch: each input's values and each loss's targets, sample by sample. */
export interface Batch {
  readonly inputs: Readonly<Record<string, Float32Array>>;
  /** One a sample: the targets of the first output, if there are no others. */
  readonly labels: readonly number[];
  /** By output: class indices, or values. */
  readonly targets?: Readonly<Record<string, ArrayLike<number>>>;
  /** Where it is in the run, for layers with random numbers. */
  readonly place?: BatchPlace;
}

/** What every float of a memory is before a test: nothing that is read by mistake goes unnoticed. */
const poison = Number.NaN;

/** An executor with its memory and everything that a test asks of it; no threads. */
export class Network {
  readonly plan: ReplicaPlan;
  readonly kernels: Kernels;
  readonly executor: Executor;
  readonly #optimiser: Optimiser | undefined;
  #parity: 0 | 1 = 0;
  #samples = 0;
  #updates = 0;

  constructor(options: NetworkOptions) {
    const {
      graph,
      batch,
      shards,
      workers = 1,
      build = 'default',
      inputGradients = false,
      losses,
      algorithms,
      ghostBatch,
      accumulate,
      frozen,
      frozenInWarmUp,
    } = options;
    const module = kernelModule(build);
    const stateVectors = options.optimiser?.stateVectors ?? 0;
    const plan = planReplica(
      {
        graph,
        batch,
        shards,
        workers,
        stateVectors,
        reductionBytes: 0,
        inputGradients,
        losses,
        ghostBatch,
        algorithms,
        accumulate,
        frozen,
        frozenInWarmUp,
      },
      new Kernels(module, createMemory(0)),
    );
    this.plan = options.replan?.(plan) ?? plan;
    this.kernels = new Kernels(module, createMemory(this.plan.bytes));
    this.executor = new Executor(
      this.kernels,
      this.plan,
      options.collective ?? new SoloCollective(shards),
      options.timer,
    );
    this.#optimiser = options.optimiser;
  }

  /** Overwrites all that a step must not depend on: activations, gradients, the next state, exchanged rows. */
  poison(): void {
    const { plan, kernels } = this;
    const next = this.#parity === 0 ? 1 : 0;
    const rowBytes = plan.rows[1] - plan.rows[0];
    const regions: readonly (readonly [pointer: number, bytes: number])[] = [
      [plan.arena, plan.arenaBytes * plan.maxOwnShards],
      [plan.parameters[next], plan.state.parameterFloats * 4],
      [plan.buffers[next], plan.state.bufferFloats * 4],
      [plan.rows[0], rowBytes],
      [plan.rows[1], rowBytes],
      [plan.groupRows.pointer, plan.options.shards * plan.groupRows.rowBytes],
    ];
    for (const [pointer, bytes] of regions) kernels.f32.fill(poison, pointer / 4, (pointer + bytes) / 4);
    for (const { offset, size } of plan.state.parameters) {
      const from = plan.gradients / 4 + offset;
      kernels.f32.fill(poison, from, from + size);
    }
  }

  load(state: StateDict): void {
    writeState(this.plan.state, state, this.#parameters(this.#parity), this.#buffers(this.#parity));
  }

  /** The current state. */
  state(): StateDict {
    return readState(this.plan.state, this.#parameters(this.#parity), this.#buffers(this.#parity));
  }

  /** What the step that was taken last wrote: the next running statistics. */
  nextBuffers(): Map<string, Float32Array> {
    const buffers = this.#buffers(this.#parity === 0 ? 1 : 0);
    return new Map(
      this.plan.state.buffers.map(({ name, offset, size }) => [name, buffers.slice(offset, offset + size)]),
    );
  }

  /** Forward and backward over a batch, and the next running statistics. */
  train(batch: Batch): void {
    this.#begin(batch);
    this.executor.microBatches.forEach((shards, microBatch) => {
      this.#writeInputs(batch, shards);
      this.executor.forwardBackward(microBatch);
    });
    this.executor.updateStatistics();
  }

  evaluate(batch: Batch): void {
    this.#begin(batch);
    this.executor.microBatches.forEach((shards, microBatch) => {
      this.#writeInputs(batch, shards);
      this.executor.evaluate(microBatch);
    });
  }

  /** The optimiser's step on all parameters, after {@link train}; only for one worker. */
  update(learningRate: number): void {
    const { plan, kernels } = this;
    const now = this.#parity;
    const next = now === 0 ? 1 : 0;
    if (!this.#optimiser) throw new Error('there is no optimiser');
    const vectors = (parity: 0 | 1): number[] =>
      Array.from(
        { length: this.#optimiser!.stateVectors },
        (_, vector) => plan.optimiserState[parity] + vector * plan.sliceFloats * 4,
      );
    this.#optimiser.update(kernels, {
      parameters: plan.parameters[now],
      nextParameters: plan.parameters[next],
      gradient: plan.gradients,
      state: vectors(now),
      nextState: vectors(next),
      length: plan.state.parameterFloats,
      samples: this.#samples,
      learningRate,
      step: this.#updates++,
    });
    this.#parity = next;
  }

  /** Each sample's loss, of this worker's shards. */
  losses(): number[] {
    return this.executor.shards.flatMap((shard) => {
      const first = this.executor.results(shard).losses / 8;
      return [...this.kernels.f64.subarray(first, first + shard.images)];
    });
  }

  /** The mean loss, its sum combined over the shards as the trainer does. */
  loss(): number {
    const sums = this.executor.shards.map((shard) => {
      const first = this.executor.results(shard).losses / 8;
      return this.kernels.f64.subarray(first, first + shard.images).reduce((sum, loss) => sum + loss, 0);
    });
    return combineInTree(sums, (left, right) => left + right)! / this.#samples;
  }

  /** Each sample's predicted class. */
  predicted(): number[] {
    return this.executor.shards.flatMap((shard) => {
      const first = this.executor.results(shard).predicted / 4;
      return [...this.kernels.i32.subarray(first, first + shard.images)];
    });
  }

  /** The gradient of the sum of the losses over one owned subtree, in the order of files. */
  gradients(subtree = 0): Map<string, Float32Array> {
    const { plan } = this;
    const vector = this.gradientVector(subtree);
    const state = readState(plan.state, vector, new Float32Array(plan.state.bufferFloats));
    return new Map(plan.state.parameters.map(({ name }) => [name, state.get(name)!.data]));
  }

  /** The same, as it is in memory, gaps included. */
  gradientVector(subtree = 0): Float32Array {
    const first = (this.plan.gradients + subtree * this.plan.gradientBytes) / 4;
    return this.kernels.f32.slice(first, first + this.plan.state.parameterFloats);
  }

  /** A tensor of all of this worker's samples. */
  tensor(name: string): Float32Array {
    return this.#gather(name, (shard) => this.executor.tensor(shard, name));
  }

  inputGradient(name = 'input'): Float32Array {
    return this.#gather(name, (shard) => this.executor.inputGradient(shard, name));
  }

  #gather(name: string, pointer: (shard: Shard) => number): Float32Array {
    const size = elements(this.plan.resolved.shapes.get(name)!);
    const { shards } = this.executor;
    const values = new Float32Array(shards.reduce((images, shard) => images + shard.images, 0) * size);
    let position = 0;
    for (const shard of shards) {
      const first = pointer(shard) / 4;
      values.set(this.kernels.f32.subarray(first, first + shard.images * size), position);
      position += shard.images * size;
    }
    return values;
  }

  #begin({ labels, targets = { [this.#firstOutput]: labels }, place }: Batch): void {
    const { executor, kernels } = this;
    this.#samples = labels.length;
    executor.beginBatch(labels.length, this.#parity, place);
    for (const shard of executor.shards) {
      const { begin, end } = executor.batchPositions(shard);
      for (const { output, auxiliary, target } of this.plan.losses.entries) {
        if (auxiliary) continue;
        const values = Array.from(targets[output]!).slice(begin * target.elements, end * target.elements);
        (target.kind === 'classes' ? kernels.i32 : kernels.f32).set(values, executor.target(shard, output) / 4);
      }
    }
  }

  #writeInputs({ inputs, labels }: Batch, shards: readonly Shard[]): void {
    const { executor, kernels } = this;
    for (const shard of shards) {
      const { begin, end } = executor.batchPositions(shard);
      for (const { name, shape } of this.plan.options.graph.inputs) {
        const size = elements(shape);
        const values = inputs[name]!;
        if (values.length !== labels.length * size) throw new Error(`${name} has ${values.length} values`);
        kernels.f32.set(values.subarray(begin * size, end * size), executor.tensor(shard, name) / 4);
      }
    }
  }

  get #firstOutput(): string {
    return this.plan.losses.entries[0]!.output;
  }

  #parameters(parity: 0 | 1): Float32Array {
    const first = this.plan.parameters[parity] / 4;
    return this.kernels.f32.subarray(first, first + this.plan.state.parameterFloats);
  }

  #buffers(parity: 0 | 1): Float32Array {
    const first = this.plan.buffers[parity] / 4;
    return this.kernels.f32.subarray(first, first + this.plan.state.bufferFloats);
  }
}

/**
 * A state in which everything matters: weights of the size that Kaiming gives, batch norm's scales and running variances
 * around 1, its running means and all biases around 0. As in goldens/make-goldens.py, bit for bit.
 */
export function testState(graph: Graph): StateDict {
  const layout = stateLayout(resolveGraph(graph));
  const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  layout.parameters.forEach(({ name, shape, size }, i) => {
    const [scale, offset] =
      shape.length > 1
        ? [Math.sqrt(6 / elements(shape.slice(1))), 0]
        : name.endsWith('.weight')
          ? [0.25, 1]
          : [0.125, 0];
    state.set(name, { shape, data: pseudoRandom(size, 100 + i, scale, offset) });
  });
  layout.buffers.forEach(({ name, size }, i) => {
    const isMean = name.endsWith('.running_mean');
    state.set(name, { shape: [size], data: pseudoRandom(size, 200 + i, isMean ? 0.125 : 0.5, isMean ? 0 : 1) });
  });
  return state;
}
