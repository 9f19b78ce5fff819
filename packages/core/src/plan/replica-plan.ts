import { Allocator, type Kernels, slackBytes } from '@lockstep/kernels';
import { CoreError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { type ResolvedGraph, type ResolvedNode, resolveGraph } from '../graph/resolve.ts';
import type { GhostGroups, LayerSizes } from '../layers/layer.ts';
import type { OutputLoss } from '../losses/loss.ts';
import { resolveLosses } from '../losses/resolve.ts';
import { squareSumRow } from '../optimisers/norms.ts';
import { maxShardSamples, microBatchShards, workerPart, workerSubtrees } from '../parallel/shards.ts';
import type { AlgorithmTable } from './algorithms.ts';
import { planFoldings } from './folding.ts';
import { type LossPlan, planLosses } from './losses.ts';
import { parameterChunks, parameterSlices, type StateLayout, stateLayout } from './parameters.ts';
import { planPassing } from './passing.ts';
import { planResiduals, type Residual } from './residuals.ts';
import { planSharedParameters, type SharedParameters } from './shared-parameters.ts';
import { planTensors, type TensorPlan } from './tensors.ts';
import { planTraining, type Training } from './training.ts';

/** What the memory of a replica is laid out for: the same in every worker of a run. */
export interface ReplicaOptions {
  readonly graph: Graph;
  /** The most samples of a batch. */
  readonly batch: number;
  /** Logical shards of a batch. */
  readonly shards: number;
  readonly workers: number;
  /** How convolutions are computed. Default: as their layers choose. */
  readonly algorithms?: AlgorithmTable | undefined;
  /** Micro-batches that a batch is computed in, one after the other, in the memory of one. Default: 1. */
  readonly accumulate?: number | undefined;
  /** Floats of optimiser state for each parameter. */
  readonly stateVectors: number;
  /** Bytes of scratch that the collective's reduction needs. */
  readonly reductionBytes: number;
  /** What the network is trained by. Default: the cross-entropy of its first output, and of its auxiliary ones. */
  readonly losses?: readonly OutputLoss[] | undefined;
  /**
   * Samples of a ghost group, which a batch norm normalises together. A shard is whole groups then, cut from the batch one after
   * the other; the last may have fewer samples. Default: batch norm is over the whole batch.
   */
  readonly ghostBatch?: number | undefined;
  /** Whether gradients go all the way to the inputs, for looking inside a network. */
  readonly inputGradients?: boolean;
  /** Full names of parameters that are not trained. The backward pass ends above the lowest trained one. Default: none. */
  readonly frozen?: readonly string[] | undefined;
  /** Those that are not trained, besides, in batches of a warm-up: {@link BatchPlace.warmUp}. Default: there is none. */
  readonly frozenInWarmUp?: readonly string[] | undefined;
}

/** A pair of places: step s reads one, [s & 1], and writes the other. */
export type Pair = readonly [number, number];

/**
 * Where everything is in a replica's memory, in bytes. A pure function of its options and of the kernels' build: every
 * worker makes it for itself, to the same result, so that a pointer means the same in every replica.
 */
export interface ReplicaPlan {
  readonly options: ReplicaOptions;
  readonly resolved: ResolvedGraph;
  readonly state: StateLayout;
  readonly tensors: TensorPlan;
  /** Batch norms that do the addition behind them, in training. */
  readonly residuals: readonly Residual[];
  /** Normalisations that are in the weights of the convolution before, in evaluation, by its name. */
  readonly foldings: ReadonlyMap<string, ResolvedNode>;
  readonly maxImages: number;
  /** The most shards of a micro-batch that a worker has, and of a whole batch. */
  readonly maxOwnShards: number;
  readonly maxBatchShards: number;
  readonly ghost: GhostGroups | undefined;
  readonly parameters: Pair;
  readonly buffers: Pair;
  /** Optimiser state of a worker's own slice, vector by vector; a worker's slice is at most {@link sliceFloats} long. */
  readonly optimiserState: Pair;
  readonly sliceFloats: number;
  /** Gradient sums, one vector of all parameters for each subtree that a worker owns. */
  readonly gradients: number;
  readonly gradientBytes: number;
  /** Sums of squares of all chunks of parameters, for norms: float64 [chunks][squareSumRow]. */
  readonly squareSums: number;
  /** Rows of statistics that are gathered: two places, used in turn, so that one meeting an exchange is enough. */
  readonly rows: Pair;
  /** int32 tables of merges: of the tree over all shards, then of each owned subtree. */
  readonly merges: number;
  /** Rows of ghost groups, shard by shard: float64. In a shard's row each layer's begin at its own offset. */
  readonly groupRows: { readonly pointer: number; readonly rowBytes: number; readonly offsets: readonly number[] };
  readonly layers: readonly unknown[];
  readonly shared: SharedParameters;
  readonly reduction: number;
  readonly losses: LossPlan;
  /** Where tensors are that no shard keeps; see passing.ts. */
  readonly passing: number;
  readonly arena: number;
  readonly arenaBytes: number;
  /** What is trained; in a warm-up it is less, over the same memory. */
  readonly training: Training;
  readonly warmUp: Training | undefined;
  /** Bytes of the whole memory. */
  readonly bytes: number;
}

/** @throws CoreError for a graph that does not fit together, or a batch, shards and workers that don't. */
export function planReplica(options: ReplicaOptions, kernels: Pick<Kernels, 'wasm'>): ReplicaPlan {
  checkOptions(options);
  const { graph, batch, shards, workers, stateVectors, ghostBatch, accumulate = 1 } = options;
  const resolved = resolveGraph(graph);
  const state = stateLayout(resolved);
  const maxImages = maxShardSamples(shards, batch, ghostBatch);
  const ghost =
    ghostBatch === undefined ? undefined : { samples: ghostBatch, maxGroups: Math.ceil(maxImages / ghostBatch) };
  const trainedBy = resolveLosses(graph, resolved.shapes, options.losses);
  checkFrozen(options, state);
  const training = (names: readonly string[]): Training =>
    planTraining(resolved, new Set(names), options.inputGradients ?? false);
  const { frozen = [], frozenInWarmUp } = options;
  const trained = training(frozen);
  const warmUp = frozenInWarmUp && training([...frozen, ...frozenInWarmUp]);
  const residuals = ghost ? [] : planResiduals(resolved, warmUp ? [trained, warmUp] : [trained]);
  const tensors = planTensors(resolved, {
    maxImages,
    adds: ({ name, layer, options: chosen, inputs }) =>
      layer.addsToGradient?.(chosen, inputs, maxImages, options.algorithms?.[name]) ?? false,
    needs: trained.needs,
    lossOutputs: trainedBy.map(({ output }) => output),
    passing: ghost ? undefined : planPassing(resolved, maxImages),
  });
  const microBatches = microBatchShards(accumulate, shards);
  const ranks = Array.from({ length: workers }, (_, rank) => rank);
  const parts = ranks.map((rank) => microBatches.map((range) => workerPart(rank, workers, range)));
  const counts = parts.map((ranges) => ranges.map(({ begin, end }) => end - begin));
  const maxOwnShards = Math.max(...counts.flat());
  const maxBatchShards = Math.max(...counts.map((own) => own.reduce((sum, count) => sum + count, 0)));
  const subtrees = Math.max(...ranks.map((rank) => workerSubtrees(rank, workers, shards, accumulate).length));

  const foldings = planFoldings(resolved, tensors, maxImages);
  const sizes = resolved.nodes.map(
    (node): LayerSizes<unknown> => ({
      name: node.name,
      options: node.options,
      inputs: node.inputs,
      output: node.output,
      maxImages,
      shards,
      maxOwnShards,
      ghost,
      kernels,
      algorithms: options.algorithms?.[node.name],
      folds: foldings.has(node.name),
    }),
  );
  // What is for a pass is one region, and all scratch another, as large as the layer that needs most.
  const needed = resolved.nodes.map((node, i) => {
    const [pass, scratch] = [new Allocator(0), new Allocator(0)];
    node.layer.allocate(sizes[i]!, { own: new Allocator(0), pass, scratch });
    return { pass: pass.end, scratch: scratch.end };
  });
  const passBytes = Math.max(0, ...needed.map(({ pass }) => pass));
  const scratchBytes = Math.max(0, ...needed.map(({ scratch }) => scratch));
  const rowBytes = resolved.nodes.map((node) => node.layer.rowBytes(node.options, node.inputs));
  const exchangeBytes = ghost ? 0 : Math.max(0, ...rowBytes);

  const own = new Allocator(kernels.wasm.heapBase());
  const floats = (count: number): number => own.floats(count + 16);
  const two = (count: number): Pair => [floats(count), floats(count)];
  const parameters = two(state.parameterFloats);
  const buffers = two(state.bufferFloats);
  const sliceFloats = Math.max(...parameterSlices(state, workers).map(({ begin, end }) => end - begin));
  const optimiserState = two(stateVectors * sliceFloats);
  const gradientBytes = (state.parameterFloats + 16) * 4;
  const gradients = own.bytes(subtrees * gradientBytes);
  const squareSums = own.bytes(parameterChunks(state).length * squareSumRow * 8);
  const rows: Pair = [own.bytes(shards * exchangeBytes), own.bytes(shards * exchangeBytes)];
  const groupRows = layOutGroupRows(ghost ? rowBytes.map((bytes) => bytes * ghost.maxGroups) : [], shards, own);
  const merges = own.floats(2 * shards);
  const [pass, scratch] = [own.bytes(passBytes), own.bytes(scratchBytes)];
  const layers = resolved.nodes.map(
    (node, i) =>
      node.layer.allocate(sizes[i]!, {
        own,
        pass: new Allocator(pass),
        scratch: new Allocator(scratch),
      }) as unknown,
  );
  const shared = planSharedParameters(resolved.nodes, maxOwnShards, own);
  const reduction = own.bytes(options.reductionBytes);
  const losses = planLosses(trainedBy, maxImages * maxBatchShards, shards, own);
  const passing = own.bytes(tensors.passingFloats * 4 + slackBytes);
  const arenaBytes = tensors.floats * 4;
  const arena = own.bytes(arenaBytes * maxOwnShards + slackBytes);
  return {
    options, resolved, state, tensors, residuals, foldings, maxImages, maxOwnShards, maxBatchShards, ghost, parameters, buffers, optimiserState, sliceFloats,
    gradients, gradientBytes, squareSums, rows, groupRows, merges, layers, shared, reduction, losses, passing, arena, arenaBytes,
    training: trained, warmUp,
    bytes: own.end + slackBytes,
  }; // biome-ignore format: a list of names
}

/** @param layers bytes of each layer's rows in a shard */
function layOutGroupRows(layers: readonly number[], shards: number, own: Allocator): ReplicaPlan['groupRows'] {
  const offsets = layers.map((_, i) => layers.slice(0, i).reduce((sum, bytes) => sum + bytes, 0));
  const rowBytes = layers.reduce((sum, bytes) => sum + bytes, 0);
  return { pointer: own.bytes(shards * rowBytes), rowBytes, offsets };
}

/** @throws CoreError `STATE_MISMATCH` for a name that no parameter has; `BATCH_INVALID` if nothing is left to train */
function checkFrozen({ frozen = [], frozenInWarmUp = [] }: ReplicaOptions, { parameters }: StateLayout): void {
  const names = new Set(parameters.map(({ name }) => name));
  for (const name of [...frozen, ...frozenInWarmUp]) {
    if (!names.delete(name) && !parameters.some((parameter) => parameter.name === name)) {
      throw new CoreError('STATE_MISMATCH', `the network has no parameter "${name}" to freeze`);
    }
  }
  if (names.size === 0 && frozen.length + frozenInWarmUp.length > 0) {
    throw new CoreError('BATCH_INVALID', 'all parameters are frozen: there is nothing to train');
  }
}

function checkOptions({
  batch,
  shards,
  workers,
  stateVectors,
  reductionBytes,
  ghostBatch = 1,
  accumulate = 1,
}: ReplicaOptions): void {
  for (const [name, value] of Object.entries({ batch, shards, workers, ghostBatch, accumulate })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new CoreError('BATCH_INVALID', `expected ${name} to be a positive integer, got ${value}`);
    }
  }
  for (const [name, value] of Object.entries({ stateVectors, reductionBytes })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new CoreError('BATCH_INVALID', `expected ${name} to be a non-negative integer, got ${value}`);
    }
  }
  if (accumulate > shards) {
    throw new CoreError(
      'BATCH_INVALID',
      `expected at most as many micro-batches as shards, got ${accumulate} micro-batches of ${shards} shards: use fewer of them, or more shards`,
    );
  }
  if (workers > shards) {
    throw new CoreError(
      'BATCH_INVALID',
      `expected at most as many workers as shards, got ${workers} workers for ${shards} shards: use fewer workers, or more shards (more shards change the bits)`,
    );
  }
}
