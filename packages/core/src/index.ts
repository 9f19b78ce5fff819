export { CoreError, type CoreErrorCode } from './errors.ts';
export { Executor } from './executor.ts';
export { byCodePoint, decodeSafetensors, encodeSafetensors } from './formats/safetensors.ts';
export { GraphBuilder, type LayerCall, sequential } from './graph/builder.ts';
export { elements, type Graph, type GraphNode, type Shape } from './graph/graph.ts';
export { type ResolvedGraph, type ResolvedNode, resolveGraph } from './graph/resolve.ts';
export { add } from './layers/add.ts';
export { avgPool2d } from './layers/avg-pool2d.ts';
export { batchNorm2d } from './layers/batch-norm2d.ts';
export { conv2d } from './layers/conv2d.ts';
export { flatten } from './layers/flatten.ts';
export { globalAvgPool2d } from './layers/global-avg-pool2d.ts';
export type { Shard } from './layers/layer.ts';
export { linear } from './layers/linear.ts';
export { maxPool2d } from './layers/max-pool2d.ts';
export { relu } from './layers/relu.ts';
export { cosine, naturalLog } from './math.ts';
export { createModel, type ModelOptions, modelNames } from './models/model.ts';
export { createOptimiser, type Optimiser, type OptimiserOptions, optimiserSchema } from './optimisers/optimiser.ts';
export { type Collective, SoloCollective } from './parallel/collective.ts';
export {
  combineInTree,
  maxShardSamples,
  mergesAfterLeaf,
  ownedSubtrees,
  type Range,
  shardSamples,
  splitPoint,
  stackDepth,
  workerShards,
} from './parallel/shards.ts';
export { countParameters, parameterSlices, type StateLayout, stateLayout } from './plan/parameters.ts';
export { type Pair, planReplica, type ReplicaOptions, type ReplicaPlan } from './plan/replica-plan.ts';
export { Generator, type Purpose, purposes, type StreamKey } from './random/generator.ts';
export { learningRate, type ScheduleOptions, scheduleSchema } from './schedules/schedule.ts';
export { initialState, readState, type StateDict, writeState } from './state.ts';
