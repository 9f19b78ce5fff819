export { Generator, type Purpose, purposes, type StreamKey } from './random/generator.ts';
export { cosine, naturalLog } from './math.ts';
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
