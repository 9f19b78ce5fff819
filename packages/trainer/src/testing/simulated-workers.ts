import { initialState, type Range, workerPart } from '@lockstep/core';
import type { ImageDataset } from '@lockstep/data';
import { createMemory, Kernels } from '@lockstep/kernels';
import { evaluateShards } from '../evaluate-shards.ts';
import { evaluationOf } from '../evaluation.ts';
import { ControlBlock, SharedCollective, type SharedCollectiveOptions } from '../parallel/index.ts';
import { createReplica, replicaPlan } from '../replica.ts';
import { loadMsStride, maxTaskSteps, type Recipe, type WorkerSetup } from '../setup.ts';
import { weightsSha256 } from '../state-digest.ts';
import { computeGradients } from '../step.ts';
import { readTrainingState, writeTrainingState } from '../training-state.ts';
import { sumSquares, updateSlice } from '../update.ts';
import { tinyKernels } from './tiny-run.ts';

/** The rows that there were at an exchange, of all shards. */
type Exchange = Uint8Array;

/**
 * Takes the place of the meetings where the workers of a step are run one after the other, without threads. A single worker writes
 * down the rows of each exchange; one of several must bring the same for its own shards, and is given the others' from the record. So
 * if all pass, they would have given them to each other: by induction over the exchanges.
 */
class RecordedCollective extends SharedCollective {
  readonly #bytes: Uint8Array;
  readonly #record: Exchange[];
  #exchanges = 0;

  constructor(parts: SharedCollectiveOptions, record: Exchange[]) {
    super(parts);
    this.#bytes = new Uint8Array((parts.memories[parts.rank] as WebAssembly.Memory).buffer);
    this.#record = record;
  }

  override gatherShardRows(pointer: number, rowBytes: number, range?: Range): void {
    this.copyShardRows(pointer, rowBytes, range);
  }

  override copyShardRows(pointer: number, rowBytes: number, range: Range = { begin: 0, end: this.shards }): void {
    const rows = ({ begin, end }: Range): Uint8Array =>
      this.#bytes.subarray(pointer + begin * rowBytes, pointer + end * rowBytes);
    if (this.size === 1) {
      this.#record.push(rows({ begin: 0, end: this.shards }).slice());
      return;
    }
    const recorded = this.#record[this.#exchanges++]!;
    const own = workerPart(this.rank, this.size, range);
    const expected = recorded.subarray(own.begin * rowBytes, own.end * rowBytes);
    if (recorded.length !== this.shards * rowBytes || Buffer.compare(rows(own), expected) !== 0) {
      throw new Error(
        `worker ${this.rank} of ${this.size} brings other rows than a single one to exchange ${this.#exchanges}`,
      );
    }
    rows(range).set(recorded.subarray(range.begin * rowBytes, range.end * rowBytes));
  }
}

/**
 * Some steps of a number of workers and a test, in this thread: digests of the weights with the running statistics and of the
 * optimiser's state after each step, and all that is told of it.
 *
 * @param record empty for a single worker, which fills it for the others
 */
export function simulate(
  recipe: Recipe,
  data: { readonly train: ImageDataset; readonly test: ImageDataset },
  workers: number,
  steps: number,
  record: Exchange[],
) {
  const { module, build } = tinyKernels;
  const plan = replicaPlan(recipe, workers, new Kernels(module, createMemory(0)));
  const memories = Array.from({ length: workers }, () => createMemory(plan.bytes));
  const views = memories.map((memory) => new Float32Array(memory.buffer));
  writeTrainingState(recipe, plan, views, { step: 0, model: initialState(plan.state, recipe.seed), optimiser: [] });
  const shared = (bytes: number) => new SharedArrayBuffer(bytes);
  const setup: WorkerSetup = {
    ...data,
    recipe,
    layers: [],
    workers,
    kernelBuild: build,
    module,
    memories,
    control: ControlBlock.create(workers).data,
    stepSums: new Float64Array(shared(maxTaskSteps * recipe.shards * 16)),
    loadMs: new Float64Array(shared(recipe.shards * loadMsStride * 8)),
    evaluation: {
      losses: new Float64Array(shared(data.test.length * 8)),
      predicted: new Int32Array(shared(data.test.length * 4)),
      probabilities: new Float32Array(shared(data.test.length * 4)),
    },
    fault: undefined,
    times: undefined,
  };
  const replicas = memories.map((_, rank) =>
    createReplica(setup, rank, (parts) => new RecordedCollective(parts, record)),
  );
  // As `trainStep`, with all workers between two meetings.
  const results = Array.from({ length: steps }, (_, step) => {
    for (const replica of replicas) computeGradients(replica, step);
    for (const replica of replicas) {
      replica.executor.updateStatistics();
      if (replica.norms) sumSquares(replica, (step & 1) as 0 | 1);
    }
    for (const replica of replicas) updateSlice(replica, step);
    const { model, optimiser } = readTrainingState(plan, views, step + 1);
    const firstBuffer = plan.buffers[(step + 1) & 1]! / 4;
    return {
      weights: weightsSha256(model),
      optimiser: weightsSha256(
        new Map(optimiser.map((values, i) => [String(i), { shape: [values.length], data: values }])),
      ),
      // Every worker has all running statistics.
      statistics: views.map((view) => weightsSha256(new Map([['all', { shape: [], data: view.subarray(firstBuffer, firstBuffer + plan.state.bufferFloats) }]]))), // biome-ignore format: one line
      metrics: [...setup.stepSums.subarray(step * recipe.shards * 2, (step + 1) * recipe.shards * 2)],
    };
  });
  for (const replica of replicas) evaluateShards(replica, steps, { begin: 0, end: data.test.length }, 'test');
  return { results, test: evaluationOf(data.test, setup.evaluation) };
}
