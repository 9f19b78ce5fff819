import {
  createOptimiser,
  Executor,
  type Optimiser,
  type ParameterChunk,
  parameterChunks,
  parameterSlices,
  planReplica,
  type Range,
  type ReplicaOptions,
  type ReplicaPlan,
  resolveGraph,
  stateLayout,
} from '@lockstep/core';
import { type ImageDataset, SampleLoader, type TransformSpec, withoutChance } from '@lockstep/data';
import { add, Kernels } from '@lockstep/kernels';
import type { EvaluatedSet } from './epoch-figures.ts';
import { type FaultData, faultPoint } from './faults.ts';
import {
  ControlBlock,
  reductionScratchBytes,
  SharedCollective,
  type SharedCollectiveOptions,
  type TreeReduction,
} from './parallel/index.ts';
import type { Recipe, WorkerSetup } from './setup.ts';
import { TimedCollective } from './timed-collective.ts';
import { frozenInWarmUp, type ParameterRates, parameterRates } from './transfer.ts';

/** What one worker computes with: a replica's memory and all that runs on it. Any thread can make it, at any time. */
export interface Replica {
  readonly rank: number;
  readonly setup: WorkerSetup;
  readonly kernels: Kernels;
  readonly plan: ReplicaPlan;
  readonly control: ControlBlock;
  readonly collective: SharedCollective;
  /** Which floats of the parameters each worker updates, by rank. */
  readonly slices: readonly Range[];
  readonly executor: Executor;
  readonly optimiser: Optimiser;
  /** Where not all parameters have the same learning rate. */
  readonly rates: ParameterRates | undefined;
  /** For a step that needs norms: all chunks that they are summed over, and which of them are each worker's, by rank. */
  readonly norms: { readonly chunks: readonly ParameterChunk[]; readonly owned: readonly Range[] } | undefined;
  /** Sums this worker's slice of the gradients over all shards. */
  readonly reduction: TreeReduction;
  /** Augments and normalises for training; for evaluation it normalises, after what gives pictures their shape. */
  readonly trainLoader: SampleLoader;
  readonly evaluationLoaders: Readonly<Record<EvaluatedSet, SampleLoader | undefined>>;
  /** Room for the picture that another is mixed with. */
  readonly partner: Float32Array;
}

/** The memory that a recipe needs, for a number of workers: the same plan in the main thread and in every worker. */
export function replicaPlan(recipe: Recipe, workers: number, kernels: Pick<Kernels, 'wasm'>): ReplicaPlan {
  const { parameters } = stateLayout(resolveGraph(recipe.graph));
  const options: ReplicaOptions = {
    graph: recipe.graph,
    frozen: recipe.frozen,
    frozenInWarmUp: frozenInWarmUp(recipe, parameters),
    algorithms: recipe.algorithms,
    losses: recipe.losses,
    batch: recipe.batch,
    shards: recipe.shards,
    ghostBatch: recipe.ghostBatch,
    accumulate: recipe.accumulate,
    workers,
    stateVectors: createOptimiser(recipe.optimiser).stateVectors,
    reductionBytes: reductionScratchBytes(recipe.shards, workers, undefined, recipe.accumulate),
  };
  return planReplica(options, kernels);
}

/**
 * Makes the kernels and everything above them over the memory of a rank; nothing in the memory that lasts is changed.
 *
 * @param collectiveOf for tests without threads
 */
export function createReplica(
  setup: WorkerSetup,
  rank: number,
  collectiveOf = (parts: SharedCollectiveOptions): SharedCollective => createCollective(setup, parts),
): Replica {
  const { recipe, workers, memories, train, validation, test } = setup;
  const kernels = new Kernels(setup.module, memories[rank]!);
  const plan = replicaPlan(recipe, workers, kernels);
  const control = new ControlBlock(setup.control);
  const parts = { control, memories, rank, shards: recipe.shards, microBatches: recipe.accumulate };
  const collective = collectiveOf(parts);
  const slices = parameterSlices(plan.state, workers);
  const reduction = collective.prepareReduction({
    ...slices[rank]!,
    partials: plan.gradients,
    stride: plan.gradientBytes,
    scratch: plan.reduction,
    add: (destination, source, count) => add(kernels, destination, source, count),
  });
  const optimiser = createOptimiser(recipe.optimiser);
  const { normalisation, seed } = recipe;
  const loaderOf = (dataset: ImageDataset, transform: TransformSpec) =>
    new SampleLoader({ dataset, transform, normalisation, seed });
  const evaluationLoader = (dataset: ImageDataset) => loaderOf(dataset, withoutChance(recipe.augment));
  const trainLoader = loaderOf(train, recipe.augment);
  return {
    rank,
    setup,
    kernels,
    plan,
    control,
    collective,
    slices,
    executor: new Executor(kernels, plan, collective),
    optimiser,
    rates: parameterRates(recipe, plan.state.parameters),
    norms: optimiser.usesNorms || recipe.gradientClip ? ownedChunks(plan, slices) : undefined,
    reduction,
    trainLoader,
    evaluationLoaders: { validation: validation && evaluationLoader(validation), test: evaluationLoader(test) },
    partner: new Float32Array(trainLoader.sampleSize),
  };
}

/** Slices divide between chunks, so that those of a worker are neighbours. */
function ownedChunks({ state }: ReplicaPlan, slices: readonly Range[]) {
  const chunks = parameterChunks(state);
  const before = (float: number): number => chunks.filter(({ begin }) => begin < float).length;
  return { chunks, owned: slices.map(({ begin, end }) => ({ begin: before(begin), end: before(end) })) };
}

function createCollective({ fault, times }: WorkerSetup, parts: SharedCollectiveOptions): SharedCollective {
  if (fault) return new DrilledCollective(parts, fault);
  if (times) return new TimedCollective(parts, times);
  return new SharedCollective(parts);
}

/** In a drill a worker can fail before the meeting of a batch norm, too. */
class DrilledCollective extends SharedCollective {
  readonly #fail: () => void;

  constructor(parts: SharedCollectiveOptions, fault: FaultData) {
    super(parts);
    this.#fail = () => faultPoint(fault, parts.rank, parts.control.commit, 'statistics');
  }

  override gatherShardRows(pointer: number, rowBytes: number, range?: Range): void {
    this.#fail();
    super.gatherShardRows(pointer, rowBytes, range);
  }
}
